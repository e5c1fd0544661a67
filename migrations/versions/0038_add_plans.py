"""Plan sessions by template, deliveries and closed days; set seats aside for doses of a series."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; sessions that are there stay open to any dose."""
    op.add_column(
        "clinic_session", sa.Column("doses", sa.String(), server_default="any", nullable=False)
    )
    _add_deliveries()
    _add_plans()
    _add_days()


def downgrade() -> None:
    """Take them away."""
    for table in (
        "plan_shortage",
        "planned_session",
        "plan_pattern",
        "plan_site",
        "plan",
        "site_day",
        "delivery",
    ):
        op.drop_table(table)
    op.drop_column("clinic_session", "doses")


def _add_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("doses >= 1", name=op.f("ck_delivery_doses_from_one")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_delivery_product_id_product")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_delivery_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_site_id_arrives_on", "delivery", ["site_id", "arrives_on"])


def _add_plans() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("person_minutes", sa.Integer(), nullable=False),
        sa.Column("holidays", sa.Boolean(), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_plan_last_not_before_first")),
        sa.CheckConstraint("person_minutes >= 1", name=op.f("ck_plan_person_minutes_from_one")),
        sa.CheckConstraint(
            "slot_minutes >= person_minutes", name=op.f("ck_plan_slot_holds_a_person")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_plan_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_table(
        "plan_site",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_site_plan_id_plan")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_plan_site_site_id_site")),
        sa.PrimaryKeyConstraint("plan_id", "site_id", name=op.f("pk_plan_site")),
    )
    op.create_index(op.f("ix_plan_site_site_id"), "plan_site", ["site_id"])
    op.create_table(
        "plan_pattern",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("break_starts", sa.Time(), nullable=True),
        sa.Column("break_ends", sa.Time(), nullable=True),
        sa.Column("stations", sa.Integer(), nullable=False),
        sa.Column("vaccinators", sa.Integer(), nullable=False),
        sa.Column("doses", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.CheckConstraint("stations >= 1", name=op.f("ck_plan_pattern_stations_from_one")),
        sa.CheckConstraint(
            "vaccinators >= 0", name=op.f("ck_plan_pattern_vaccinators_not_negative")
        ),
        sa.CheckConstraint(
            "weekdays >= 1 AND weekdays <= 127", name=op.f("ck_plan_pattern_weekdays_of_a_week")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_pattern_plan_id_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_pattern")),
    )
    op.create_index(op.f("ix_plan_pattern_plan_id"), "plan_pattern", ["plan_id"])


def _add_days() -> None:
    op.create_table(
        "planned_session",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("kept_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_planned_session_plan_id_plan")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["clinic_session.id"],
            name=op.f("fk_planned_session_session_id_clinic_session"),
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_planned_session")),
    )
    op.create_index(op.f("ix_planned_session_plan_id"), "planned_session", ["plan_id"])
    op.create_table(
        "site_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_day_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_day")),
        sa.UniqueConstraint("site_id", "day", name=op.f("uq_site_day_site_id_day")),
    )
    op.create_table(
        "plan_shortage",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_shortage_plan_id_plan")
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan_shortage")),
    )
