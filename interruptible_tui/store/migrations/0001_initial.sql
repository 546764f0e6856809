-- Times are seconds since the epoch, UTC. Texts are exactly what was typed, streamed or printed.

CREATE TABLE sessions (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    mode         TEXT NOT NULL,
    model        TEXT NOT NULL,
    created_at   REAL NOT NULL,
    last_used_at REAL NOT NULL
) STRICT;

-- What is not yet in the conversation. A prompt leaves in the transaction that appends its message.
CREATE TABLE prompts (
    id         TEXT PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions (id),
    text       TEXT NOT NULL,
    mode       TEXT NOT NULL,
    position   INTEGER NOT NULL, -- in landing order
    hold       TEXT,             -- why it does not start on its own
    created_at REAL NOT NULL
) STRICT;

CREATE INDEX prompts_of_session ON prompts (session_id, position);

CREATE TABLE runs (
    session_id    INTEGER NOT NULL REFERENCES sessions (id),
    number        INTEGER NOT NULL,
    status        TEXT NOT NULL,
    trigger       TEXT NOT NULL,
    turns         INTEGER NOT NULL DEFAULT 0,
    reason        TEXT NOT NULL DEFAULT '',
    input_tokens  INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    started_at    REAL NOT NULL,
    ended_at      REAL,
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id           INTEGER PRIMARY KEY,
    session_id   INTEGER NOT NULL REFERENCES sessions (id),
    run          INTEGER NOT NULL,
    turn         INTEGER NOT NULL,
    role         TEXT NOT NULL,
    text         TEXT NOT NULL,
    status       TEXT NOT NULL,
    cut          TEXT,
    tool_call_id TEXT,
    prompt_id    TEXT UNIQUE, -- a prompt is delivered once
    mode         TEXT,
    receipt      TEXT,
    created_at   REAL NOT NULL,
    FOREIGN KEY (session_id, run) REFERENCES runs (session_id, number)
) STRICT;

CREATE INDEX messages_of_session ON messages (session_id, id);
CREATE INDEX messages_of_turn ON messages (session_id, run, turn);

CREATE TABLE calls (
    message_id INTEGER NOT NULL REFERENCES messages (id),
    position   INTEGER NOT NULL, -- in the reply, from 0
    call_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    arguments  TEXT NOT NULL,
    status     TEXT NOT NULL,
    started_at REAL,
    ended_at   REAL,
    PRIMARY KEY (message_id, position)
) STRICT, WITHOUT ROWID;
