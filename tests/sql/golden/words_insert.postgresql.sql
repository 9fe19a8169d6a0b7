INSERT INTO soda_t_14(seq, t) VALUES ((SELECT c.seq FROM soda_c_7 c WHERE c.id = ?), string_to_array(?, ' ')), ((SELECT c.seq FROM soda_c_7 c WHERE c.id = ?), string_to_array(?, ' '))
-- 1: "k1"
-- 2: "red wine"
-- 3: "k\"2"
-- 4: ""
