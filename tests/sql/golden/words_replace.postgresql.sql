UPDATE soda_t_14 SET t = string_to_array(?, ' ') WHERE seq = (SELECT c.seq FROM soda_c_7 c WHERE c.id = ?)
-- 1: "red wine"
-- 2: "k1"
