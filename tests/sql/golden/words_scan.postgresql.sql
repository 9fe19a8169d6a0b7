SELECT c.seq, c.id, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE w.t @> string_to_array(?, ' ') AND c.seq = w.seq AND (w.seq + 0) > ? ORDER BY (w.seq + 0) LIMIT ?
-- 1: "red é wine"
-- 2: 17
-- 3: 64
-- and the matcher
