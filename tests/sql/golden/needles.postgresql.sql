SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.backslash = 1 OR (((strpos(c.content, ?) > 0) OR (strpos(c.content, ?) > 0 OR strpos(c.content, ?) > 0)) AND (strpos(c.content, ?) > 0) AND (strpos(c.content, ?) > 0) AND (strpos(c.content, ?) > 0 OR c.backslash < 3) AND (strpos(c.content, ?) > 0))) ORDER BY c.id LIMIT ?
-- 1: "\"x1\""
-- 2: "\"x2\""
-- 3: "\"x3\""
-- 4: "\"Rome\""
-- 5: "\"via"
-- 6: "94103"
-- 7: "longest"
-- 8: 101
-- and the matcher
