SELECT c.id, c.rev, c.version, c.created, c.modified, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.backslash = 1 OR ((c.backslash < 7 OR coalesce(JSON_VALUE(c.content, ?) REGEXP ?, INSTR(CONVERT(c.content USING binary), CAST(? AS binary)) > 0)) AND (c.backslash < 7 OR coalesce(JSON_VALUE(c.content, ?) REGEXP ?, INSTR(CONVERT(c.content USING binary), CAST(? AS binary)) > 0)))) ORDER BY c.id LIMIT ?
-- 1: "$.\"a\""
-- 2: "^(([0-9]{3}|[3-9][0-9]{1}|2[6-9][0-9]{0}|25))"
-- 3: "\"a\""
-- 4: "$.\"c\""
-- 5: "^(-([0-9]{2}|[8-9][0-9]{0}|7))"
-- 6: "\"c\""
-- 7: 101
-- and the matcher
