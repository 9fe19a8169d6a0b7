CREATE VIRTUAL TABLE soda_t_14 USING fts5(t, tokenize = 'ascii', detail = none, columnsize = 0)
CREATE TABLE soda_g_14(id INTEGER NOT NULL PRIMARY KEY, parent INTEGER NOT NULL, name TEXT, types INTEGER NOT NULL, object INTEGER NOT NULL, list INTEGER NOT NULL, scalar INTEGER NOT NULL)
INSERT INTO soda_g_14(id, parent, types, object, list, scalar) VALUES (0, 0, 0, 0, 0, 0)
DROP TABLE soda_t_14
CREATE VIRTUAL TABLE soda_t_14 USING fts5(t, tokenize = 'ascii', detail = none, columnsize = 0)
DROP TABLE soda_t_14
DROP TABLE soda_g_14
