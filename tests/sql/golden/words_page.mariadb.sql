SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT c.id, c.seq FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE w.word = ? AND EXISTS (SELECT 1 FROM soda_t_14 x WHERE x.seq = w.seq AND x.word = ?) AND EXISTS (SELECT 1 FROM soda_t_14 x WHERE x.seq = w.seq AND x.word = ?) AND c.seq = w.seq ORDER BY c.id LIMIT ?) k STRAIGHT_JOIN soda_c_7 c WHERE c.seq = k.seq ORDER BY k.id
-- 1: -8509061004729728484
-- 2: 775207407765167617
-- 3: -6476160912513244332
-- 4: 64
-- and the matcher
