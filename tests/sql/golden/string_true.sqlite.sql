SELECT i.id FROM soda_i_11 i CROSS JOIN soda_c_7 c WHERE c.id = i.id AND i.v1 = ? AND (c.backslash = 1 OR ((c.content LIKE ?))) ORDER BY i.id LIMIT ?
-- 1: "=true"
-- 2: "%\"true\"%"
-- 3: 101
-- and the matcher
