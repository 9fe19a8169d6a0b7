SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT c.id, c.seq FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE w.t @> string_to_array(?, ' ') AND c.seq = w.seq ORDER BY c.id || '' LIMIT ?) k CROSS JOIN soda_c_7 c WHERE c.seq = k.seq ORDER BY k.id
-- 1: "red é wine"
-- 2: 64
-- and the matcher
