CREATE TABLE soda_t_14(word BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (word, seq), KEY (seq))
CREATE TABLE soda_g_14(id BIGINT NOT NULL PRIMARY KEY, parent BIGINT NOT NULL, name VARCHAR(512) COLLATE utf8mb4_nopad_bin, types BIGINT NOT NULL, object BIGINT NOT NULL, list BIGINT NOT NULL, scalar BIGINT NOT NULL)
INSERT INTO soda_g_14(id, parent, types, object, list, scalar) VALUES (0, 0, 0, 0, 0, 0)
DELETE FROM soda_t_14
DROP TABLE soda_t_14
DROP TABLE soda_g_14
