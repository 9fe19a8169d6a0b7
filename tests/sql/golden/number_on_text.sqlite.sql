SELECT c.rev || ' ' || c.created || ' ' || c.modified || ' ' || c.bytes || ' ' || c.version, c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.backslash = 1 OR ((c.backslash < 3 OR (c.content GLOB ? AND (c.content GLOB ? OR c.content GLOB ? OR c.content GLOB ?))))) ORDER BY c.id LIMIT ?
-- 1: "*\"a\"[: \t\r\n][\"[ \t\r\n:4]*"
-- 2: "*\"a\":41[^0-9]*"
-- 3: "*\"a\":\"41[^0-9]*"
-- 4: "*\"a\"[: \t\r\n][[ \t\r\n:]*"
-- 5: 101
-- and the matcher
