SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT i.id FROM soda_i_11 i CROSS JOIN soda_c_7 c WHERE c.id = i.id AND i.v1 = ? AND (c.backslash = 1 OR ((strpos(c.content, ?) > 0))) ORDER BY i.id || '' LIMIT ?) k CROSS JOIN soda_c_7 c WHERE c.id = k.id ORDER BY k.id
-- 1: "=true"
-- 2: "\"true\""
-- 3: 101
-- and the matcher
