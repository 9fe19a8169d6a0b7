INSERT INTO soda_t_14(word, seq) SELECT j.word, c.seq FROM JSON_TABLE(?, '$[*]' COLUMNS (k VARCHAR(255) COLLATE utf8mb4_nopad_bin PATH '$[0]', NESTED PATH '$[1][*]' COLUMNS (word BIGINT PATH '$'))) j STRAIGHT_JOIN soda_c_7 c ON c.id = j.k WHERE j.word IS NOT NULL ORDER BY j.word ON DUPLICATE KEY UPDATE seq = c.seq
-- 1: "[[\"k1\",[-8509061004729728484,-6476160912513244332]],[\"k\\\"2\",[]]]"
