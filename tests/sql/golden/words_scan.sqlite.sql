SELECT c.seq, c.id, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE w.soda_t_14 MATCH ? AND c.seq = w.rowid AND w.rowid > ? ORDER BY w.rowid LIMIT ?
-- 1: "\"red\" AND \"é\" AND \"wine\""
-- 2: 17
-- 3: 64
-- and the matcher
