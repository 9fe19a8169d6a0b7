-- Credentials for object storage, each of one owner of jobs.

-- kind: how the store is spoken to; region: of signatures, else empty
-- secret: encrypted under the key of the configuration folder, for this owner and name only
CREATE TABLE IF NOT EXISTS ords_credentials(
	owner @key@ NOT NULL,
	name @key@ NOT NULL,
	kind @text@ NOT NULL,
	region @text@ NOT NULL,
	username @text@ NOT NULL,
	secret @json@ NOT NULL,
	enabled @int@ NOT NULL,
	created @time@ NOT NULL,
	PRIMARY KEY (owner, name)
);
