-- Clients of OAuth 2 (client credentials) and their tokens.  What opens anything is kept as a digest, from which it cannot be
-- found again.

-- client_id: what the client calls itself; generation: grows when its tokens are revoked
CREATE TABLE IF NOT EXISTS ords_clients(
	id @int@ NOT NULL PRIMARY KEY,
	schema_id @int@ NOT NULL,
	name @key@ NOT NULL,
	client_id @key@ NOT NULL UNIQUE,
	secret_digest @text@ NOT NULL,
	roles @text@ NOT NULL,
	generation @int@ NOT NULL,
	created @time@ NOT NULL,
	UNIQUE (schema_id, name)
);

-- generation: that of the client when the token was made; a token of an older one opens nothing
CREATE TABLE IF NOT EXISTS ords_tokens(
	digest @key@ NOT NULL PRIMARY KEY,
	client @int@ NOT NULL,
	generation @int@ NOT NULL,
	expires @time@ NOT NULL
);
CREATE INDEX IF NOT EXISTS ords_tokens_client ON ords_tokens(client);
CREATE INDEX IF NOT EXISTS ords_tokens_expires ON ords_tokens(expires);
