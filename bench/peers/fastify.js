// Purchase orders over HTTP, as somebody would write it with fastify and better-sqlite3: the paths of orders.php, two processes.
// The environment: PORT, ORDERS_DB (the file), ORDERS_USER, ORDERS_PASSWORD.
const cluster = require('node:cluster');
const { createHash, randomBytes, timingSafeEqual } = require('node:crypto');

if (cluster.isPrimary) {
	cluster.fork();
	cluster.fork();
	process.on('SIGTERM', () => { for (const w of Object.values(cluster.workers)) w.process.kill(); process.exit(0); });
} else {
	serve();
}

function serve() {
	const db = require('better-sqlite3')(process.env.ORDERS_DB, { timeout: 5000 });
	db.pragma('journal_mode = WAL');
	db.pragma('synchronous = FULL');
	const user = "json_extract(doc, '$.User')", number = "json_extract(doc, '$.PONumber')";
	const columns = 'id, etag, created, modified, doc';
	const insert = db.prepare('INSERT INTO orders(id, etag, created, modified, doc) VALUES (?, ?, ?, ?, ?)');
	const get = db.prepare('SELECT etag, doc FROM orders WHERE id = ?');
	const put = db.prepare('UPDATE orders SET etag = ?, modified = ?, doc = ? WHERE id = ?');
	const byUser = db.prepare(`SELECT ${columns} FROM orders WHERE ${user} = ? ORDER BY id LIMIT ?`);
	const byNumber = db.prepare(`SELECT ${columns} FROM orders WHERE ${number} >= ? AND ${number} < ? ORDER BY ${number} DESC LIMIT ?`);
	const all = db.prepare(`SELECT ${columns} FROM orders ORDER BY id LIMIT ? OFFSET ?`);

	const md5 = text => createHash('md5').update(text).digest('hex');
	function add(doc) {
		const text = JSON.stringify(doc), id = randomBytes(16).toString('hex'), now = new Date().toISOString(), etag = md5(text);
		insert.run(id, etag, now, now, text);
		return { id, etag };
	}
	const addAll = db.transaction(docs => docs.map(add));
	function page(rows, limit) {
		const items = rows.slice(0, limit).map(r => ({ ...r, doc: JSON.parse(r.doc) }));
		return { items, count: items.length, hasMore: rows.length > limit };
	}

	const wanted = Buffer.from('Basic ' + Buffer.from(`${process.env.ORDERS_USER}:${process.env.ORDERS_PASSWORD}`).toString('base64'));
	const app = require('fastify')({ bodyLimit: 16 << 20 });
	app.addHook('onRequest', async (req, reply) => {
		const got = Buffer.from(req.headers.authorization ?? '');
		if (got.length !== wanted.length || !timingSafeEqual(got, wanted))
			return reply.code(401).header('WWW-Authenticate', 'Basic realm="orders"').send();
	});
	app.get('/orders/:id', (req, reply) => {
		const row = get.get(req.params.id);
		if (!row)
			return reply.code(404).send();
		reply.header('ETag', `"${row.etag}"`);
		if (req.headers['if-none-match'] === `"${row.etag}"`)
			return reply.code(304).send();
		reply.type('application/json').send(row.doc);
	});
	app.get('/orders', (req, reply) => {
		const q = req.query, limit = Number(q.limit ?? 100);
		if (q.user !== undefined)
			reply.send(page(byUser.all(q.user, limit + 1), limit));
		else if (q.from !== undefined)
			reply.send(page(byNumber.all(Number(q.from), Number(q.to), limit + 1), limit));
		else
			reply.send(page(all.all(limit + 1, Number(q.offset ?? 0)), limit));
	});
	app.post('/orders', (req, reply) => { reply.code(201).send(add(req.body)); });
	app.post('/orders/bulk', (req, reply) => { reply.code(201).send({ items: addAll.immediate(req.body) }); });
	app.put('/orders/:id', (req, reply) => {
		const text = JSON.stringify(req.body), etag = md5(text);
		const done = put.run(etag, new Date().toISOString(), text, req.params.id).changes;
		reply.code(done ? 200 : 404).header('ETag', `"${etag}"`).send();
	});
	app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}
