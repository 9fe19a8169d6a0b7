SELECT c.id FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE w.soda_t_14 MATCH ? AND c.seq = w.rowid ORDER BY c.id LIMIT ?
-- 1: "\"red\" AND \"é\" AND \"wine\""
-- 2: 64
-- and the matcher
