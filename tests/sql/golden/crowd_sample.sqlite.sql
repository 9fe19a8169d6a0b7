SELECT count(*) FROM (SELECT * FROM soda_i_11 ORDER BY id LIMIT ?) i WHERE i.v1 >= ? AND i.v1 < ?
-- 1: 500
-- 2: "=m"
-- 3: "~"
