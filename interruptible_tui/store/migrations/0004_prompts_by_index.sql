-- What the user has said is gone back to without looking at all that came of it.
CREATE INDEX messages_of_user ON messages (session_id, id) WHERE role = 'user';
