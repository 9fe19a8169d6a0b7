-- How far imports have come, one row for each table: written in the transaction of the rows themselves, so that nothing is
-- loaded twice after a crash (R-22).  Gone when the import is over.

-- job: whose rows these are; table_id: by the number in the source, below 0 what follows the tables
-- epoch: of the runner that owns the job; a runner that was overtaken finds another one and stores nothing (R-20)
-- done: the last row of the source that is stored or was rejected; first_rows: how many were there before
CREATE TABLE IF NOT EXISTS ords_import_progress(
	job @key@ NOT NULL,
	table_id @int@ NOT NULL,
	epoch @int@ NOT NULL,
	state @text@ NOT NULL,
	done @int@ NOT NULL,
	rejected @int@ NOT NULL,
	first_rows @int@ NOT NULL,
	PRIMARY KEY (job, table_id)
);
