SELECT id FROM t WHERE ("hired" >= CAST(? AS timestamptz) AND "seen_us" < ?) ORDER BY id
-- 1: "2024-01-31 22:59:59.500000"
-- 2: 1706659200000000
