SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.backslash = 1 OR ((c.backslash < 3 OR (c.backslash < 7 AND LOCATE(CAST(? AS binary), CONVERT(c.content USING binary), LOCATE(CAST(? AS binary), CONVERT(c.content USING binary)) + 1) > 0) OR SUBSTR(CONVERT(c.content USING binary), LOCATE(CAST(? AS binary), CONVERT(c.content USING binary)), 1024) REGEXP ?))) ORDER BY c.id LIMIT ?
-- 1: "\"a\""
-- 2: "\"a\""
-- 3: "\"a\""
-- 4: "^.{3}([ \t\r\n]{64}|[ \t\r\n]*:([ \t\r\n]{64}|[ \t\r\n]*([[]|\"?(41([.]0*)?([^0-9.]|$)))))"
-- 5: 101
-- and the matcher
