SELECT id FROM t WHERE (strftime('%Y-%m-%d %H:%M:%f', "hired") >= strftime('%Y-%m-%d %H:%M:%f', ?) AND "seen_us" < ?) ORDER BY id
-- 1: "2024-01-31 22:59:59.500000"
-- 2: 1706659200000000
