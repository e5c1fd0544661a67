"""Create the schema: every table of both packages, the audit that nobody may rewrite."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "audit_entry",
    "lease",
    "outbox",
    "person",
    "product",
    "rate_limit",
    "schedule_release",
    "set_aside",
    "site",
    "staff",
    "topic_binding",
    "audit_seal",
    "clinic",
    "clinic_session",
    "lot",
    "notice_target",
    "phase",
    "recovery_code",
    "staff_role",
    "storage_unit",
    "user_session",
    "lot_placement",
    "sensor",
    "slot",
    "vial",
    "excursion",
    "hold",
    "reading",
    "sensor_state",
    "alert",
    "appointment",
    "disposition",
    "event",
    "visit",
    "dose",
    "event_cursor",
    "schedule_file",
)
# The topics of the makes that the decoders know; others are bound by the operator.
BINDINGS = (
    ("vaxsite/+/reading", "native_json"),
    ("application/+/device/+/event/up", "chirpstack_lht65n"),
    ("zigbee2mqtt/+", "zigbee2mqtt"),
    ("cce/+/transmission", "who_cce"),
)
REFUSAL = "audit entries are never changed"
SQLITE_GUARD = """
CREATE TRIGGER audit_entry_no_{act} BEFORE {act} ON audit_entry
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
POSTGRESQL_GUARD = (
    f"""
    CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$
    """,
    """
    CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()
    """,
)


def upgrade() -> None:
    """Create tables, indexes, the guard of the audit and the usual topics."""
    create_tables()
    guard_audit()
    columns = (sa.column(name, sa.String()) for name in ("topic_filter", "decoder"))
    binding = sa.table("topic_binding", *columns)
    rows = [{"topic_filter": topic, "decoder": kind} for topic, kind in BINDINGS]
    op.bulk_insert(binding, rows)


def downgrade() -> None:
    """Take everything away, children before parents."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entry_append_only ON audit_entry")
        op.execute("DROP FUNCTION audit_entry_refuse()")
    for table in reversed(TABLES):
        op.drop_table(table)


def guard_audit() -> None:
    """Refuse UPDATE and DELETE on the audit, whoever asks: the database is the last word."""
    if op.get_context().dialect.name == "postgresql":
        for statement in POSTGRESQL_GUARD:
            op.execute(statement)
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(SQLITE_GUARD.format(act=act, refusal=REFUSAL))


def create_tables() -> None:
    """Create the tables, parents before children."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])

    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("delivery_key", name="uq_outbox_delivery_key"),
    )
    op.create_index("ix_outbox_about", "outbox", ["about"])
    op.create_index(
        "ix_outbox_send_after",
        "outbox",
        ["send_after"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("id_kind", sa.String(), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("id_index", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("occupation", sa.String(), nullable=False),
        sa.Column("conditions", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("id_index", name="uq_person_id_index"),
    )
    op.create_index("ix_person_name_index", "person", ["name_index"])
    op.create_index("ix_person_phone_index", "person", ["phone_index"])

    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("maker", sa.String(), nullable=False),
        sa.Column("cvx", sa.String(), nullable=True),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("doses_in_series", sa.Integer(), nullable=False),
        sa.Column("doses_per_vial", sa.Integer(), nullable=False),
        sa.Column("interval_min_days", sa.Integer(), nullable=True),
        sa.Column("interval_max_days", sa.Integer(), nullable=True),
        sa.Column("interval_source", sa.String(), nullable=True),
        sa.Column("target", sa.String(), server_default="covid-19", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product"),
        sa.UniqueConstraint("code", name="uq_product_code"),
        sa.UniqueConstraint("gtin", name="uq_product_gtin"),
    )
    op.create_table(
        "rate_limit",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("window_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", "window_at", name="pk_rate_limit"),
    )
    op.create_table(
        "set_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_set_aside"),
        sa.UniqueConstraint("fingerprint", name="uq_set_aside_fingerprint"),
    )
    op.create_index("ix_set_aside_received_at", "set_aside", ["received_at"])

    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("code", name="uq_site_code"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=False),
        sa.Column("totp_used_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("email_index", name="uq_staff_email_index"),
    )
    op.create_table(
        "topic_binding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_filter", sa.String(), nullable=False),
        sa.Column("decoder", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topic_binding"),
        sa.UniqueConstraint("topic_filter", name="uq_topic_binding_topic_filter"),
    )
    op.create_table(
        "audit_seal",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entry.id"], name="fk_audit_seal_entry_id_audit_entry"
        ),
        sa.PrimaryKeyConstraint("place", name="pk_audit_seal"),
        sa.UniqueConstraint("entry_id", name="uq_audit_seal_entry_id"),
    )
    op.create_table(
        "clinic",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("address_en", sa.String(), nullable=False),
        sa.Column("address_zh", sa.String(), nullable=False),
        sa.Column("district_en", sa.String(), nullable=False),
        sa.Column("district_zh", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_clinic_site_id_site"),
        sa.PrimaryKeyConstraint("site_id", name="pk_clinic"),
    )
    op.create_table(
        "clinic_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_clinic_session_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name="fk_clinic_session_product_id_product"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_clinic_session_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_clinic_session"),
    )
    op.create_index("ix_clinic_session_site_id", "clinic_session", ["site_id"])

    op.create_table(
        "lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_lot_product_id_product"),
        sa.PrimaryKeyConstraint("id", name="pk_lot"),
        sa.UniqueConstraint("product_id", "number", name="uq_lot_product_id_number"),
    )
    op.create_index("ix_lot_number", "lot", ["number"])

    op.create_table(
        "notice_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_notice_target_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_target"),
    )
    op.create_index("ix_notice_target_site_id", "notice_target", ["site_id"])

    op.create_table(
        "phase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "closes_on IS NULL OR closes_on > opens_on", name=op.f("ck_phase_closes_after_opening")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_phase_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_phase"),
        sa.UniqueConstraint(
            "site_id", "group_code", "opens_on", name="uq_phase_site_id_group_code_opens_on"
        ),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_recovery_code_staff_id_staff"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_staff_id", "recovery_code", ["staff_id"])

    op.create_table(
        "staff_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_staff_role_site_id_site"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_role_staff_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_role"),
        sa.UniqueConstraint(
            "staff_id", "site_id", "role", name="uq_staff_role_staff_id_site_id_role"
        ),
    )
    op.create_table(
        "storage_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("rule_set", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_storage_unit_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_storage_unit"),
        sa.UniqueConstraint("site_id", "code", name="uq_storage_unit_site_id_code"),
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_user_session_staff_id_staff"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_user_session"),
    )
    op.create_index("ix_user_session_staff_id", "user_session", ["staff_id"])

    op.create_table(
        "lot_placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vials", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "removed_at IS NULL OR removed_at > placed_at",
            name=op.f("ck_lot_placement_removed_after"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name="fk_lot_placement_lot_id_lot"),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name="fk_lot_placement_unit_id_storage_unit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lot_placement"),
    )
    op.create_index("ix_lot_placement_lot_id", "lot_placement", ["lot_id"])
    op.create_index("ix_lot_placement_unit_id_placed_at", "lot_placement", ["unit_id", "placed_at"])

    op.create_table(
        "sensor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), server_default="", nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("expected_every_s", sa.Integer(), server_default="300", nullable=False),
        sa.Column("silent_after_s", sa.Integer(), server_default="900", nullable=False),
        sa.CheckConstraint("expected_every_s > 0", name=op.f("ck_sensor_expected_every_positive")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name="fk_sensor_unit_id_storage_unit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sensor"),
        sa.UniqueConstraint("device", "channel", name="uq_sensor_device_channel"),
    )
    op.create_index("ix_sensor_unit_id", "sensor", ["unit_id"])

    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "taken >= 0 AND taken <= capacity", name=op.f("ck_slot_taken_within_capacity")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["clinic_session.id"], name="fk_slot_session_id_clinic_session"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_slot"),
        sa.UniqueConstraint("session_id", "starts_at", name="uq_slot_session_id_starts_at"),
    )
    op.create_index("ix_slot_starts_at", "slot", ["starts_at"])

    op.create_table(
        "vial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trace_code", sa.String(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name="fk_vial_lot_id_lot"),
        sa.PrimaryKeyConstraint("id", name="pk_vial"),
        sa.UniqueConstraint("trace_code", name="uq_vial_trace_code"),
    )
    op.create_table(
        "excursion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("peak_centi", sa.SmallInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensor.id"], name="fk_excursion_sensor_id_sensor"),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name="fk_excursion_unit_id_storage_unit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_excursion"),
        sa.UniqueConstraint(
            "sensor_id", "rule", "began_at", name="uq_excursion_sensor_id_rule_began_at"
        ),
    )
    op.create_index("ix_excursion_unit_id_began_at", "excursion", ["unit_id", "began_at"])

    op.create_table(
        "hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("holder_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_hold_slot_id_slot"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index(
        "ix_hold_expires_at",
        "hold",
        ["expires_at"],
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_index("ix_hold_slot_id", "hold", ["slot_id"])
    op.create_index(
        "uq_hold_live_holder",
        "hold",
        ["holder_hash"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )

    op.create_table(
        "reading",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("centi", sa.SmallInteger(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("boot", sa.String(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("ambient_centi", sa.SmallInteger(), nullable=True),
        sa.Column("humidity_pct", sa.SmallInteger(), nullable=True),
        sa.Column("battery_pct", sa.SmallInteger(), nullable=True),
        sa.Column("door_open", sa.Boolean(), nullable=True),
        sa.Column("power_on", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensor.id"], name="fk_reading_sensor_id_sensor"),
        sa.PrimaryKeyConstraint("sensor_id", "measured_at", name="pk_reading"),
    )
    op.create_index(
        "uq_reading_sensor_id_boot_seq", "reading", ["sensor_id", "boot", "seq"], unique=True
    )

    op.create_table(
        "sensor_state",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("centi", sa.SmallInteger(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("silent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name="fk_sensor_state_sensor_id_sensor"
        ),
        sa.PrimaryKeyConstraint("sensor_id", name="pk_sensor_state"),
    )
    op.create_index("ix_sensor_state_silent_at", "sensor_state", ["silent_at"])

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("excursion_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notices", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_notice_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["excursion_id"], ["excursion.id"], name="fk_alert_excursion_id_excursion"
        ),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensor.id"], name="fk_alert_sensor_id_sensor"),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name="fk_alert_unit_id_storage_unit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("cause", name="uq_alert_cause"),
    )
    op.create_index(
        "ix_alert_next_notice_at",
        "alert",
        ["next_notice_at"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_alert_unit_id_state", "alert", ["unit_id", "state"])

    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("dose_number", sa.Integer(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("dose_number >= 1", name=op.f("ck_appointment_dose_number_from_one")),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name="fk_appointment_hold_id_hold"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_appointment_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name="fk_appointment_product_id_product"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_appointment_slot_id_slot"),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        sa.UniqueConstraint("hold_id", name="uq_appointment_hold_id"),
        sa.UniqueConstraint("reference", name="uq_appointment_reference"),
    )
    op.create_index("ix_appointment_person_id", "appointment", ["person_id"])
    op.create_index("ix_appointment_slot_id", "appointment", ["slot_id"])
    op.create_index(
        "uq_appointment_person_dose",
        "appointment",
        ["person_id", "product_id", "dose_number"],
        unique=True,
        sqlite_where=sa.text("state IN ('booked', 'arrived')"),
        postgresql_where=sa.text("state IN ('booked', 'arrived')"),
    )

    op.create_table(
        "disposition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("excursion_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("covers_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("covers_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("covers_peak_centi", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["excursion_id"], ["excursion.id"], name="fk_disposition_excursion_id_excursion"
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name="fk_disposition_lot_id_lot"),
        sa.PrimaryKeyConstraint("id", name="pk_disposition"),
        sa.UniqueConstraint(
            "excursion_id",
            "lot_id",
            "covers_from",
            "covers_until",
            "covers_peak_centi",
            name="uq_disposition_stretch",
        ),
    )
    op.create_index("ix_disposition_lot_id", "disposition", ["lot_id"])

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("excursion_id", sa.Integer(), nullable=True),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_event_alert_id_alert"),
        sa.ForeignKeyConstraint(
            ["excursion_id"], ["excursion.id"], name="fk_event_excursion_id_excursion"
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["storage_unit.id"], name="fk_event_unit_id_storage_unit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("identity_checked_by", sa.String(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("screening", sa.JSON(), nullable=False),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("screened_by", sa.String(), nullable=True),
        sa.Column("observed_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name="fk_visit_appointment_id_appointment"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_visit_person_id_person"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_visit_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.UniqueConstraint("appointment_id", name="uq_visit_appointment_id"),
    )
    op.create_index("ix_visit_checked_in_at", "visit", ["checked_in_at"])
    op.create_index("ix_visit_person_id", "visit", ["person_id"])
    op.create_index("ix_visit_site_id", "visit", ["site_id"])

    op.create_table(
        "dose",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("vial_id", sa.Integer(), nullable=True),
        sa.Column("dose_number", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_site", sa.String(), nullable=False),
        sa.Column("vaccinator_id", sa.String(), nullable=False),
        sa.Column("recorder_id", sa.String(), nullable=False),
        sa.Column("judged", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("correction_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(corrects_id IS NULL) = (correction_reason IS NULL)",
            name=op.f("ck_dose_correction_has_reason"),
        ),
        sa.CheckConstraint("dose_number >= 1", name=op.f("ck_dose_dose_number_from_one")),
        sa.ForeignKeyConstraint(["corrects_id"], ["dose.id"], name="fk_dose_corrects_id_dose"),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name="fk_dose_lot_id_lot"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_dose_person_id_person"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_dose_product_id_product"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_dose_site_id_site"),
        sa.ForeignKeyConstraint(["vial_id"], ["vial.id"], name="fk_dose_vial_id_vial"),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_dose_visit_id_visit"),
        sa.PrimaryKeyConstraint("id", name="pk_dose"),
        sa.UniqueConstraint("corrects_id", name="uq_dose_corrects_id"),
    )
    op.create_index("ix_dose_lot_id", "dose", ["lot_id"])
    op.create_index("ix_dose_person_id", "dose", ["person_id"])
    op.create_index("ix_dose_visit_id", "dose", ["visit_id"])

    op.create_table(
        "event_cursor",
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_event_cursor_event_id_event"),
        sa.PrimaryKeyConstraint("reader", "event_id", name="pk_event_cursor"),
    )

    op.create_table(
        "schedule_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("antigens", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("unknown_elements", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_release"),
        sa.UniqueConstraint("digest", name="uq_schedule_release_digest"),
        sa.UniqueConstraint("version", name="uq_schedule_release_version"),
    )
    op.create_table(
        "schedule_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["schedule_release.id"],
            name="fk_schedule_file_release_id_schedule_release",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_file"),
        sa.UniqueConstraint("release_id", "name", name="uq_schedule_file_release_id_name"),
    )
