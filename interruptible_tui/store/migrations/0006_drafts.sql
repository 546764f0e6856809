-- What stands in the composer of a session and was not sent, as JSON. Nothing stands there: no row.
CREATE TABLE drafts (
    session_id INTEGER PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    content    TEXT NOT NULL
) STRICT;
