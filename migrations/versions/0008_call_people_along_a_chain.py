"""Call people along a chain: who they are, when they are on call, what was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The tables of alerts and messages are small: a plain index locks them for some milliseconds.
INDEX = "-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX "
INDEXES = (
    "ix_alert_group_id ON alert (group_id)",
    "ix_alert_returns_at ON alert (returns_at)",
    "ix_outbox_recipient_created_at ON outbox (recipient, created_at)",
    "ix_outbox_second_at ON outbox (second_at) WHERE second_at IS NOT NULL",
)


def upgrade() -> None:
    """Add them; probes at the former default are silent after two intervals, not three."""
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
    )
    op.create_table(
        "contact_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_contact_address_contact_id_contact"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contact_address"),
        sa.UniqueConstraint("contact_id", "rank", name="uq_contact_address_contact_id_rank"),
    )
    op.create_table(
        "contact_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_contact_post_contact_id_contact"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_contact_post_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_post"),
        sa.UniqueConstraint(
            "site_id", "contact_id", "role", name="uq_contact_post_site_id_contact_id_role"
        ),
    )
    op.create_index("ix_contact_post_contact_id", "contact_post", ["contact_id"])

    op.create_table(
        "duty_cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_duty_cover_ends_after"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_duty_cover_contact_id_contact"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_duty_cover_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_cover"),
    )
    op.create_index("ix_duty_cover_site_id", "duty_cover", ["site_id"])

    op.create_table(
        "duty_shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts_minute", sa.Integer(), nullable=False),
        sa.Column("lasts_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("lasts_minutes BETWEEN 1 AND 10080", name="ck_duty_shift_lasts"),
        sa.CheckConstraint("starts_minute BETWEEN 0 AND 1439", name="ck_duty_shift_starts"),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="ck_duty_shift_weekday"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_duty_shift_contact_id_contact"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_duty_shift_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_shift"),
    )
    op.create_index("ix_duty_shift_site_id", "duty_shift", ["site_id"])

    op.create_table(
        "escalation_chain",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("repeat_minutes", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("until_minute", sa.Integer(), nullable=True),
        sa.CheckConstraint("repeat_minutes > 0", name="ck_escalation_chain_repeat_positive"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_escalation_chain_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_escalation_chain"),
        sa.UniqueConstraint("site_id", "severity", name="uq_escalation_chain_site_id_severity"),
    )
    op.create_table(
        "escalation_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("wait_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("wait_minutes > 0", name="ck_escalation_step_wait_positive"),
        sa.ForeignKeyConstraint(
            ["chain_id"],
            ["escalation_chain.id"],
            name="fk_escalation_step_chain_id_escalation_chain",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_escalation_step_contact_id_contact"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_escalation_step"),
        sa.UniqueConstraint("chain_id", "place", name="uq_escalation_step_chain_id_place"),
    )
    op.create_table(
        "unit_content",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name="fk_unit_content_unit_id_storage_unit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_unit_content"),
        sa.UniqueConstraint("unit_id", "line", name="uq_unit_content_unit_id_line"),
    )
    op.create_table(
        "alert_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_act_alert_id_alert"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_act"),
    )
    op.create_index("ix_alert_act_alert_id", "alert_act", ["alert_id"])

    op.add_column("alert", sa.Column("group_id", sa.Integer(), nullable=True))
    op.add_column("alert", sa.Column("step", sa.Integer(), server_default="-1", nullable=False))
    op.add_column("alert", sa.Column("unanswered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "alert", sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("alert", sa.Column("returns_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert", sa.Column("owner", sa.String(), nullable=True))

    op.add_column("outbox", sa.Column("recipient", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("rank", sa.Integer(), server_default="1", nullable=False))
    op.add_column("outbox", sa.Column("second_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))

    for index in INDEXES:
        op.execute(INDEX + index)
    op.execute(
        "UPDATE sensor SET silent_after_s = 2 * expected_every_s + 5 "
        "WHERE silent_after_s = 3 * expected_every_s"
    )


def downgrade() -> None:
    """Take them away; what was told before stays in the outbox."""
    for index in INDEXES:
        op.execute(f"DROP INDEX {index.split()[0]}")
    op.drop_column("outbox", "confirmed_at")
    op.drop_column("outbox", "delivered_at")
    op.drop_column("outbox", "second_at")
    op.drop_column("outbox", "rank")
    op.drop_column("outbox", "recipient")

    op.drop_column("alert", "owner")
    op.drop_column("alert", "returns_at")
    op.drop_column("alert", "first_answered_at")
    op.drop_column("alert", "unanswered_at")
    op.drop_column("alert", "step")
    op.drop_column("alert", "group_id")

    op.execute(
        "UPDATE sensor SET silent_after_s = 3 * expected_every_s "
        "WHERE silent_after_s = 2 * expected_every_s + 5"
    )
    op.drop_table("alert_act")
    op.drop_table("unit_content")
    op.drop_table("escalation_step")
    op.drop_table("escalation_chain")

    op.drop_table("duty_shift")

    op.drop_table("duty_cover")

    op.drop_table("contact_post")
    op.drop_table("contact_address")
    op.drop_table("contact")
