CREATE TABLE soda_t_14(seq bigint NOT NULL PRIMARY KEY, parsed jsonb, t text[] COLLATE "C" NOT NULL)
CREATE INDEX soda_w_14 ON soda_t_14 USING gin (t) WITH (gin_pending_list_limit = 256)
ALTER TABLE soda_t_14 ALTER COLUMN t SET STATISTICS 0
ALTER TABLE soda_t_14 ALTER COLUMN parsed SET STATISTICS 0, SET (toast_tuple_target = 4080)
CREATE INDEX soda_p_14 ON soda_t_14 USING gin (parsed jsonb_path_ops) WITH (gin_pending_list_limit = 256)
CREATE INDEX soda_n_14 ON soda_t_14(seq) WHERE parsed IS NULL
DROP TABLE soda_t_14
