<?php
// Purchase orders over HTTP, as somebody would write it who has PHP and a database and an afternoon.
//
//   POST /orders            GET /orders/ID          GET /orders?user=U             GET /orders?offset=N&limit=N
//   POST /orders/bulk       PUT /orders/ID          GET /orders?from=N&to=N&limit=N
//
// The environment: ORDERS_DSN, ORDERS_DB_USER, ORDERS_DB_PASSWORD, ORDERS_USER, ORDERS_PASSWORD.

function answer($status, $body = '', $headers = []) {
	http_response_code($status);
	foreach ($headers as $name => $value)
		header("$name: $value");
	header('Content-Type: application/json');
	echo $body;
	exit;
}

if (!hash_equals($_SERVER['ORDERS_USER'], $_SERVER['PHP_AUTH_USER'] ?? '')
	|| !hash_equals($_SERVER['ORDERS_PASSWORD'], $_SERVER['PHP_AUTH_PW'] ?? ''))
	answer(401, '', ['WWW-Authenticate' => 'Basic realm="orders"']);

$db = new PDO($_SERVER['ORDERS_DSN'], $_SERVER['ORDERS_DB_USER'] ?? null, $_SERVER['ORDERS_DB_PASSWORD'] ?? null,
	[PDO::ATTR_PERSISTENT => true, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_TIMEOUT => 5]);
$sqlite = $db->getAttribute(PDO::ATTR_DRIVER_NAME) == 'sqlite';
if ($sqlite)
	$db->exec('PRAGMA synchronous = FULL');

$user = $sqlite ? "json_extract(doc, '$.User')" : "doc->>'User'";
$number = $sqlite ? "json_extract(doc, '$.PONumber')" : "(doc->>'PONumber')::bigint";
$columns = 'id, etag, created, modified, doc';

function run($sql, $values) {
	global $db;
	$statement = $db->prepare($sql);
	foreach ($values as $i => $value)
		$statement->bindValue($i + 1, $value, is_int($value) ? PDO::PARAM_INT : PDO::PARAM_STR);
	$statement->execute();
	return $statement;
}

function page($sql, $values, $limit) {
	$items = [];
	foreach (run($sql, [...$values, $limit + 1])->fetchAll(PDO::FETCH_ASSOC) as $row) {
		$row['doc'] = json_decode($row['doc']);
		$items[] = $row;
	}
	$more = count($items) > $limit;
	if ($more)
		array_pop($items);
	answer(200, json_encode(['items' => $items, 'count' => count($items), 'hasMore' => $more]));
}

function insert($text) {
	$id = bin2hex(random_bytes(16));
	$now = gmdate('Y-m-d\TH:i:s\Z');
	run('INSERT INTO orders(id, etag, created, modified, doc) VALUES (?, ?, ?, ?, ?)', [$id, md5($text), $now, $now, $text]);
	return ['id' => $id, 'etag' => md5($text)];
}

function body() {
	$text = file_get_contents('php://input');
	$json = json_decode($text);
	if ($json === null)
		answer(400, json_encode(['error' => json_last_error_msg()]));
	return [$text, $json];
}

$path = explode('/', trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/'));
$id = $path[1] ?? '';
$limit = (int)($_GET['limit'] ?? 100);
switch ($_SERVER['REQUEST_METHOD'] . ($id == '' ? ' all' : ($id == 'bulk' ? ' bulk' : ' one'))) {
case 'GET one':
	$row = run('SELECT etag, doc FROM orders WHERE id = ?', [$id])->fetch(PDO::FETCH_ASSOC);
	if (!$row)
		answer(404);
	if (($_SERVER['HTTP_IF_NONE_MATCH'] ?? '') == "\"{$row['etag']}\"")
		answer(304, '', ['ETag' => "\"{$row['etag']}\""]);
	answer(200, $row['doc'], ['ETag' => "\"{$row['etag']}\""]);
case 'GET all':
	if (isset($_GET['user']))
		page("SELECT $columns FROM orders WHERE $user = ? ORDER BY id LIMIT ?", [$_GET['user']], $limit);
	if (isset($_GET['from']))
		page("SELECT $columns FROM orders WHERE $number >= ? AND $number < ? ORDER BY $number DESC LIMIT ?",
			[(int)$_GET['from'], (int)$_GET['to']], $limit);
	$after = (int)($_GET['offset'] ?? 0);
	page("SELECT $columns FROM (SELECT $columns FROM orders ORDER BY id LIMIT 1000000 OFFSET $after) AS o LIMIT ?", [], $limit);
case 'POST all':
	[$text] = body();
	answer(201, json_encode(insert($text)));
case 'POST bulk':
	[, $all] = body();
	$db->beginTransaction();
	$items = array_map(fn($one) => insert(json_encode($one)), $all);
	$db->commit();
	answer(201, json_encode(['items' => $items]));
case 'PUT one':
	[$text] = body();
	$done = run('UPDATE orders SET etag = ?, modified = ?, doc = ? WHERE id = ?', [md5($text), gmdate('Y-m-d\TH:i:s\Z'), $text, $id]);
	answer($done->rowCount() ? 200 : 404, '', ['ETag' => '"' . md5($text) . '"']);
}
answer(405);
