SELECT c.rev || ' ' || c.created || ' ' || c.modified || ' ' || c.bytes || ' ' || c.version, c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_i_13 i CROSS JOIN soda_c_7 c WHERE c.id = i.id AND i.v1 = ? AND (c.backslash = 1 OR ((c.content LIKE ?))) ORDER BY i.id LIMIT ?
-- 1: "=x"
-- 2: "%\"y\"%"
-- 3: 101
-- and the matcher
