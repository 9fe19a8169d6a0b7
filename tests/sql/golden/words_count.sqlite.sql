SELECT count(*) FROM (SELECT 1 FROM soda_t_14 w WHERE w.soda_t_14 MATCH ? LIMIT ?) x
-- 1: "\"red\" AND \"é\" AND \"wine\""
-- 2: 2000
