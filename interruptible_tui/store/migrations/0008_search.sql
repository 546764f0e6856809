-- In which messages three characters stand beside each other. It holds no texts; what is found is looked at there.
CREATE VIRTUAL TABLE found USING fts5 (text, content = '', columnsize = 0, detail = none, tokenize = 'trigram');

-- The messages that are not in it yet, and are looked through.
CREATE TABLE unindexed (
    message_id INTEGER PRIMARY KEY
) STRICT;

INSERT INTO unindexed SELECT id FROM messages;

CREATE TRIGGER await_indexing AFTER INSERT ON messages BEGIN
    INSERT OR IGNORE INTO unindexed (message_id) VALUES (new.id);
END;
