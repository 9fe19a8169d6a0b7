INSERT INTO soda_t_14(rowid, t) SELECT c.seq, v.column2 FROM (VALUES (?, ?), (?, ?)) v CROSS JOIN soda_c_7 c WHERE c.id = v.column1
-- 1: "k1"
-- 2: "red wine "
-- 3: "k\"2"
-- 4: ""
