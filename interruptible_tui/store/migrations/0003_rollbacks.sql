ALTER TABLE sessions ADD COLUMN on_interrupt TEXT NOT NULL DEFAULT 'keep';
ALTER TABLE sessions ADD COLUMN incorporate_at TEXT NOT NULL DEFAULT 'boundary';
ALTER TABLE sessions ADD COLUMN revision INTEGER NOT NULL DEFAULT 0; -- counts how often earlier messages came to be seen differently

ALTER TABLE sent ADD COLUMN on_interrupt TEXT;   -- NULL: the session's
ALTER TABLE sent ADD COLUMN incorporate_at TEXT; -- NULL: the session's

CREATE INDEX sent_of_session ON sent (session_id, number);

-- Prompts that the user has taken back, in this order. One that becomes pending again leaves.
CREATE TABLE withdrawn (
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    session_id   INTEGER NOT NULL REFERENCES sessions (id),
    text         TEXT NOT NULL,
    mode         TEXT NOT NULL,
    created_at   REAL NOT NULL,
    withdrawn_at REAL NOT NULL
) STRICT;

CREATE INDEX withdrawn_of_session ON withdrawn (session_id, number);

-- What requests are made of besides messages, as JSON: each run names what it was made with.
CREATE TABLE setups (
    id      INTEGER PRIMARY KEY,
    content TEXT NOT NULL UNIQUE
) STRICT;

ALTER TABLE runs ADD COLUMN setup INTEGER REFERENCES setups (id); -- NULL: from before they were kept

CREATE INDEX runs_under_way ON runs (session_id) WHERE status = 'running';

CREATE TABLE rollbacks (
    session_id     INTEGER NOT NULL REFERENCES sessions (id),
    number         INTEGER NOT NULL,
    state          TEXT NOT NULL,
    at             REAL NOT NULL,
    after          INTEGER NOT NULL, -- the newest run when it happened
    restored_at    REAL,
    restored_after INTEGER,          -- the newest run when it was restored
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX rollbacks_under_way ON rollbacks (session_id) WHERE state = 'under way';

-- The messages that tell of a rollback.
CREATE TABLE notes (
    session_id     INTEGER NOT NULL,
    rollback       INTEGER NOT NULL,
    message_id     INTEGER NOT NULL REFERENCES messages (id),
    outdated_after INTEGER, -- the newest run when it stopped being true; NULL: it is true
    PRIMARY KEY (session_id, rollback, message_id),
    FOREIGN KEY (session_id, rollback) REFERENCES rollbacks (session_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX notes_of_session ON notes (session_id, message_id);

-- The messages that a rollback hides until it is restored. The messages themselves stay as they are.
CREATE TABLE hidden (
    session_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    rollback   INTEGER NOT NULL, -- behind message_id: SQLite 3.40's quick_check takes another order than the key's for damage
    PRIMARY KEY (session_id, message_id, rollback),
    FOREIGN KEY (session_id, rollback) REFERENCES rollbacks (session_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX hidden_by_rollback ON hidden (session_id, rollback, message_id);

-- What becomes of each call that is rolled back and had begun.
CREATE TABLE compensations (
    session_id INTEGER NOT NULL,
    rollback   INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    status     TEXT NOT NULL,
    text       TEXT NOT NULL DEFAULT '',
    started_at REAL,
    ended_at   REAL,
    PRIMARY KEY (session_id, rollback, message_id, position),
    FOREIGN KEY (session_id, rollback) REFERENCES rollbacks (session_id, number),
    FOREIGN KEY (message_id, position) REFERENCES calls (message_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX compensations_of_call ON compensations (message_id, position, rollback);
