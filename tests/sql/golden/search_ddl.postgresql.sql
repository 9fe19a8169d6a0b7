CREATE TABLE soda_t_14(seq bigint NOT NULL PRIMARY KEY, t text[] COLLATE "C" NOT NULL)
CREATE INDEX soda_w_14 ON soda_t_14 USING gin (t) WITH (gin_pending_list_limit = 256)
ALTER TABLE soda_t_14 ALTER COLUMN t SET STATISTICS 0
CREATE TABLE soda_g_14(id bigint NOT NULL PRIMARY KEY, parent bigint NOT NULL, name text COLLATE "C", types bigint NOT NULL, object bigint NOT NULL, list bigint NOT NULL, scalar bigint NOT NULL)
INSERT INTO soda_g_14(id, parent, types, object, list, scalar) VALUES (0, 0, 0, 0, 0, 0)
DELETE FROM soda_t_14
DROP TABLE soda_t_14
DROP TABLE soda_g_14
