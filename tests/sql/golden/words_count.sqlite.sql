SELECT count(*) FROM (SELECT w.rowid FROM soda_t_14 w WHERE w.soda_t_14 MATCH ? LIMIT ?) x
-- 1: "\"red\" AND \"é\" AND \"wine\""
-- 2: 2000
