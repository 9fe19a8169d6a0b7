SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT c.id, c.seq, c.modified AS s1 FROM soda_c_7 c WHERE c.modified > ? AND c.modified <= ? ORDER BY c.modified, c.id LIMIT ?) k STRAIGHT_JOIN soda_c_7 c WHERE c.seq = k.seq ORDER BY k.s1, k.id
-- 1: 5
-- 2: 6
-- 3: 101
-- exact
