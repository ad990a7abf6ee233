"""The schema as numbered steps that only go forward; each database knows how far it is.

Several workers may start at once: the first to take the lock migrates, the others find it done. A database
that a newer release has migrated is refused. A step, once released, is never edited; a change is a new step.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.ports import StoreUnavailable

LOCK = 0x636C696E6963  # "clinic" as a number: the advisory lock all our processes agree on in PostgreSQL

TYPES: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "text": "TEXT",
        "big": "INTEGER",
        "real": "REAL",
        "blob": "BLOB",
        "bool": "INTEGER",
        "serial": "INTEGER PRIMARY KEY",
        "clustered": " WITHOUT ROWID",
    },
    "postgresql": {
        "text": 'TEXT COLLATE "C"',
        "big": "BIGINT",
        "real": "DOUBLE PRECISION",
        "blob": "BYTEA",
        "bool": "BOOLEAN",
        "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "clustered": "",
    },
}

_FIRST = (
    """CREATE TABLE revisions (
        tenant {text} NOT NULL, id {big} NOT NULL, parent {big}, restored_from {big},
        author {text} NOT NULL, message {text} NOT NULL, time {real} NOT NULL,
        sha256 {text} NOT NULL, document {blob} NOT NULL, PRIMARY KEY (tenant, id))""",
    """CREATE TABLE audit (
        tenant {text} NOT NULL, writer {text} NOT NULL, seq {big} NOT NULL, time {real} NOT NULL,
        kind {text} NOT NULL, body {blob} NOT NULL, mac {blob} NOT NULL,
        PRIMARY KEY (tenant, writer, seq)){clustered}""",
    """CREATE TABLE cards (
        tenant {text} NOT NULL, uuid {text} NOT NULL, client {text} NOT NULL, service {text} NOT NULL,
        hook {text} NOT NULL, topic {text} NOT NULL, model {text} NOT NULL, config_revision {big} NOT NULL,
        indicator {text} NOT NULL, suggestions {text} NOT NULL, sent {real} NOT NULL,
        expires {real} NOT NULL, shown {bool} NOT NULL, PRIMARY KEY (tenant, uuid)){clustered}""",
    "CREATE INDEX cards_expires ON cards (tenant, expires)",
    "CREATE INDEX cards_sent ON cards (tenant, sent)",
    """CREATE TABLE feedback (
        n {serial}, tenant {text} NOT NULL, client {text} NOT NULL, card {text} NOT NULL,
        service {text} NOT NULL, outcome {text} NOT NULL, outcome_timestamp {text} NOT NULL,
        received {real} NOT NULL, accepted {text} NOT NULL, reason_code {text} NOT NULL,
        reason_system {text} NOT NULL, sealed_comment {blob} NOT NULL,
        UNIQUE (tenant, client, card, outcome, outcome_timestamp))""",
    "CREATE INDEX feedback_order ON feedback (tenant, n)",
    """CREATE TABLE tokens (
        tenant {text} NOT NULL, id {text} NOT NULL, name {text} NOT NULL, role {text} NOT NULL,
        hash {text} NOT NULL, created {real} NOT NULL, expires {real} NOT NULL, revoked {real},
        PRIMARY KEY (tenant, id))""",
    """CREATE TABLE sealed (
        tenant {text} NOT NULL, id {text} NOT NULL, purpose {text} NOT NULL, created {real} NOT NULL,
        expires {real} NOT NULL, sealed {blob} NOT NULL, PRIMARY KEY (tenant, id))""",
    "CREATE INDEX sealed_order ON sealed (tenant, created, id)",
    "CREATE INDEX sealed_expires ON sealed (tenant, expires)",
    "CREATE TABLE replay (digest {blob} NOT NULL PRIMARY KEY, expires {real} NOT NULL){clustered}",
    "CREATE INDEX replay_expires ON replay (expires)",
    """CREATE TABLE memory (
        tenant {text} NOT NULL, purpose {text} NOT NULL, key {blob} NOT NULL, value {blob} NOT NULL,
        expires {real} NOT NULL, PRIMARY KEY (tenant, purpose, key)){clustered}""",
    "CREATE INDEX memory_expires ON memory (tenant, expires)",
    "CREATE TABLE pulse (id {big} NOT NULL PRIMARY KEY, time {real} NOT NULL)",
)

_SQLITE_REFUSALS = tuple(
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table in ("audit", "revisions")
    for verb in ("UPDATE", "DELETE")
)

_POSTGRESQL_REFUSALS = (
    """CREATE FUNCTION clinicards_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {verbs} ON {table} {each} "
        "EXECUTE FUNCTION clinicards_append_only()"
        for table in ("audit", "revisions")
        for name, verbs, each in (
            ("no_change", "UPDATE OR DELETE", "FOR EACH ROW"),
            ("no_truncate", "TRUNCATE", "FOR EACH STATEMENT"),
        )
    ),
)

_KEY_IDS: Mapping[str, str] = {
    "sqlite": "coalesce(CAST(substr({0}, 4, unicode(CAST(substr({0}, 3, 1) AS TEXT))) AS TEXT), '')",
    "postgresql": "encode(substring({0} from 4 for get_byte({0}, 2)), 'escape')",
}
"""The key id in the head of an envelope: the third byte is its length, it follows (`cds.privacy.seal`)."""


def _keys_and_comments(dialect: str) -> Sequence[str]:
    """Key ids beside sealed records; comments among them, where rotation and purge reach them."""
    in_sealed, in_comment = (_KEY_IDS[dialect].format(name) for name in ("sealed", "sealed_comment"))
    record = "card || '|' || outcome || '|' || outcome_timestamp"
    return (
        "ALTER TABLE cards ADD COLUMN reasons {text} NOT NULL DEFAULT '[]'",
        "ALTER TABLE sealed ADD COLUMN kid {text} NOT NULL DEFAULT ''",
        f"UPDATE sealed SET kid = {in_sealed} WHERE length(sealed) > 3",  # noqa: S608 - names of ours
        "CREATE INDEX sealed_kid ON sealed (tenant, kid)",
        "ALTER TABLE feedback ADD COLUMN comment {text} NOT NULL DEFAULT ''",
        "ALTER TABLE feedback ADD COLUMN reason {text} NOT NULL DEFAULT ''",
        # Kept as long as comments are where nothing else is configured: 400 days.
        f"""INSERT INTO sealed (tenant, id, purpose, created, expires, sealed, kid)
            SELECT tenant, {record}, 'feedback', received, received + 34560000, sealed_comment, {in_comment}
            FROM feedback WHERE length(sealed_comment) > 3 ON CONFLICT DO NOTHING""",  # noqa: S608
        f"UPDATE feedback SET comment = {record} WHERE length(sealed_comment) > 3",  # noqa: S608
        "ALTER TABLE feedback DROP COLUMN sealed_comment",
    )


STEPS: Sequence[Mapping[str, Sequence[str]]] = (
    {"sqlite": (*_FIRST, *_SQLITE_REFUSALS), "postgresql": (*_FIRST, *_POSTGRESQL_REFUSALS)},
    {dialect: _keys_and_comments(dialect) for dialect in TYPES},
)
"""Step n+1 stands at place n; a step names its statements for each dialect."""

_VERSIONS = (
    "CREATE TABLE IF NOT EXISTS schema_version (version {big} NOT NULL PRIMARY KEY, applied {real} NOT NULL)"
)


def migrate(cursor: DBAPICursor, dialect: str, *, now: float) -> int:
    """Bring the schema to the newest version inside the caller's transaction and return that version."""
    if dialect == "postgresql":
        cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
    cursor.execute(_VERSIONS.format_map(TYPES[dialect]))
    found = _version(cursor)
    if found > len(STEPS):
        raise StoreUnavailable(
            f"the store has schema version {found} and this release knows versions up to {len(STEPS)}: "
            "run the newer release, or restore the copy made before its first start"
        )
    for version in range(found + 1, len(STEPS) + 1):
        for statement in STEPS[version - 1][dialect]:
            cursor.execute(statement.format_map(TYPES[dialect]))
        cursor.execute(f"INSERT INTO schema_version VALUES ({version}, {now:.3f})")  # noqa: S608
    return len(STEPS)


def _version(cursor: DBAPICursor) -> int:
    cursor.execute("SELECT coalesce(max(version), 0) FROM schema_version")
    ((version,),) = cursor.fetchall()
    return int(version)
