-- The repository: what cords knows besides the documents.  Numbers of collections and indexes name their tables
-- (soda_c_<n>, soda_i_<n>) and are never used twice.

-- catalog: grows with every change of schemas, collections or indexes, so that every worker notices (R-06)
-- object: the last number given away
CREATE TABLE IF NOT EXISTS ords_state(
	name @key@ NOT NULL PRIMARY KEY,
	value @int@ NOT NULL
);
INSERT INTO ords_state(name, value) VALUES ('catalog', 1);
INSERT INTO ords_state(name, value) VALUES ('object', 0);

CREATE TABLE IF NOT EXISTS ords_schemas(
	id @int@ NOT NULL PRIMARY KEY,
	name @key@ NOT NULL UNIQUE,
	alias @key@ NOT NULL,
	alias_folded @key@ NOT NULL UNIQUE,
	enabled @int@ NOT NULL,
	auth_required @int@ NOT NULL,
	password_hash @text@ NOT NULL,
	is_admin @int@ NOT NULL,
	created @time@ NOT NULL
);

-- state: only 'ready' where definitions are transactional; other engines need more words for what a crash leaves behind
CREATE TABLE IF NOT EXISTS soda_collections(
	id @int@ NOT NULL PRIMARY KEY,
	schema_id @int@ NOT NULL,
	name @key@ NOT NULL,
	meta @json@ NOT NULL,
	state @text@ NOT NULL,
	created @time@ NOT NULL,
	UNIQUE (schema_id, name)
);

-- spec: as the client sent it; fields: what cords made of it
CREATE TABLE IF NOT EXISTS soda_indexes(
	id @int@ NOT NULL PRIMARY KEY,
	collection_id @int@ NOT NULL,
	schema_id @int@ NOT NULL,
	name @key@ NOT NULL,
	spec @json@ NOT NULL,
	fields @json@ NOT NULL,
	created @time@ NOT NULL,
	UNIQUE (schema_id, name)
);
CREATE INDEX IF NOT EXISTS soda_indexes_collection ON soda_indexes(collection_id);

-- schema 0 holds the identity columns of collections, by their numbers
CREATE TABLE IF NOT EXISTS soda_sequences(
	schema_id @int@ NOT NULL,
	name @key@ NOT NULL,
	next @int@ NOT NULL,
	PRIMARY KEY (schema_id, name)
);

CREATE TABLE IF NOT EXISTS ords_logins(
	counter @key@ NOT NULL PRIMARY KEY,
	failures @int@ NOT NULL,
	window_start @time@ NOT NULL
);
CREATE INDEX IF NOT EXISTS ords_logins_window ON ords_logins(window_start);

-- answers kept for retries (R-05); id and body_digest in hexadecimal
CREATE TABLE IF NOT EXISTS ords_idempotency(
	id @key@ NOT NULL PRIMARY KEY,
	body_digest @text@ NOT NULL,
	status @int@ NOT NULL,
	headers @blob@ NOT NULL,
	body @blob@ NOT NULL,
	created @time@ NOT NULL
);
CREATE INDEX IF NOT EXISTS ords_idempotency_created ON ords_idempotency(created);
