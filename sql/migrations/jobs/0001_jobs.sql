-- Jobs of Data Pump, a series of its own: on servers beside the repository, on SQLite in the file <db.file>-jobs.

-- state: as Data Pump calls it; is_waiting: whoever comes may claim it
-- lease_us: end of the lease, 0 never; on the clock of the engine, or where it has none since the boot that lease_boot names
-- orders: 0 go on, 1 stop, 2 stop at once, 3 kill
-- worked_epoch, previous_epoch: of the runner that claimed it last, and of the one before
-- n_fruitless: runners in a row that ended without getting beyond claimed_at, what was done when the last one began
CREATE TABLE IF NOT EXISTS ords_jobs(
	id @int@ NOT NULL PRIMARY KEY,
	owner @key@ NOT NULL,
	name @key@ NOT NULL,
	operation @text@ NOT NULL,
	mode @text@ NOT NULL,
	schema_name @text@ NOT NULL,
	is_admin @int@ NOT NULL,
	spec @json@ NOT NULL,
	warnings @json@ NOT NULL,
	state @text@ NOT NULL,
	is_waiting @int@ NOT NULL,
	epoch @int@ NOT NULL,
	worked_epoch @int@ NOT NULL,
	previous_epoch @int@ NOT NULL,
	lease_boot @text@ NOT NULL,
	lease_us @int@ NOT NULL,
	orders @int@ NOT NULL,
	keep @int@ NOT NULL,
	is_consistent @int@ NOT NULL,
	threads @int@ NOT NULL,
	degree @int@ NOT NULL,
	n_errors @int@ NOT NULL,
	n_lines @int@ NOT NULL,
	n_fruitless @int@ NOT NULL,
	claimed_at @int@ NOT NULL,
	created @time@ NOT NULL,
	started @time@ NOT NULL,
	finished @time@ NOT NULL,
	tables_total @int@ NOT NULL,
	tables_done @int@ NOT NULL,
	rows_done @int@ NOT NULL,
	bytes_done @int@ NOT NULL,
	percent @int@ NOT NULL,
	current_object @json@ NOT NULL,
	message @json@ NOT NULL,
	summary @json@ NOT NULL,
	UNIQUE (owner, name)
);

CREATE TABLE IF NOT EXISTS ords_job_log(
	job @int@ NOT NULL,
	line @int@ NOT NULL,
	content @json@ NOT NULL,
	PRIMARY KEY (job, line)
);

-- kind: 0 log, 1 dump, 2 what was not made, 3 definitions
CREATE TABLE IF NOT EXISTS ords_job_files(
	job @int@ NOT NULL,
	kind @int@ NOT NULL,
	number @int@ NOT NULL,
	directory @text@ NOT NULL,
	name @text@ NOT NULL,
	bytes @int@ NOT NULL,
	is_object @int@ NOT NULL,
	PRIMARY KEY (job, kind, number)
);
