-- What a reply that is being written has said so far, a row for each time it was written down. The reply stands in
-- messages as partial from the first of them on, and has all of its text there when it is finished or cut.
CREATE TABLE pieces (
    message_id INTEGER NOT NULL REFERENCES messages (id),
    number     INTEGER NOT NULL, -- from 1
    call       INTEGER,          -- position of the call whose arguments it continues; NULL: it continues the text
    text       TEXT NOT NULL,
    PRIMARY KEY (message_id, number)
) STRICT, WITHOUT ROWID;

-- Prompts that another process has sent, in their order. Whoever runs the session makes them pending.
CREATE TABLE sent (
    number     INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    session_id INTEGER NOT NULL REFERENCES sessions (id),
    text       TEXT NOT NULL,
    mode       TEXT,             -- NULL: the session's
    created_at REAL NOT NULL
) STRICT;
