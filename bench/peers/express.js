// Purchase orders over HTTP, as somebody would write it with express and PostgreSQL: the paths of orders.php.
// The environment: PORT, ORDERS_USER, ORDERS_PASSWORD, and what pg reads (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD).
const { createHash, randomBytes, timingSafeEqual } = require('node:crypto');
const express = require('express');
const { Pool } = require('pg');

const pool = new Pool({ max: 10 });
const columns = 'id, etag, created, modified, doc';
const md5 = text => createHash('md5').update(text).digest('hex');

function page(rows, limit) {
	const items = rows.slice(0, limit);
	return { items, count: items.length, hasMore: rows.length > limit };
}

async function add(client, doc) {
	const text = JSON.stringify(doc), id = randomBytes(16).toString('hex'), now = new Date().toISOString(), etag = md5(text);
	await client.query({ name: 'insert', text: `INSERT INTO orders(${columns}) VALUES ($1, $2, $3, $3, $4)`, values: [id, etag, now, text] });
	return { id, etag };
}

const wanted = Buffer.from('Basic ' + Buffer.from(`${process.env.ORDERS_USER}:${process.env.ORDERS_PASSWORD}`).toString('base64'));
const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.use((req, res, next) => {
	const got = Buffer.from(req.headers.authorization ?? '');
	if (got.length !== wanted.length || !timingSafeEqual(got, wanted))
		return res.status(401).set('WWW-Authenticate', 'Basic realm="orders"').end();
	next();
});
app.use(express.json({ limit: '16mb' }));
app.get('/orders/:id', async (req, res) => {
	const { rows: [row] } = await pool.query({ name: 'get', text: 'SELECT etag, doc::text FROM orders WHERE id = $1', values: [req.params.id] });
	if (!row)
		return res.status(404).end();
	res.set('ETag', `"${row.etag}"`);
	if (req.headers['if-none-match'] === `"${row.etag}"`)
		return res.status(304).end();
	res.type('application/json').send(row.doc);
});
app.get('/orders', async (req, res) => {
	const q = req.query, limit = Number(q.limit ?? 100), number = "(doc->>'PONumber')::bigint";
	let query;
	if (q.user !== undefined)
		query = { name: 'user', text: `SELECT ${columns} FROM orders WHERE doc->>'User' = $1 ORDER BY id LIMIT $2`, values: [q.user, limit + 1] };
	else if (q.from !== undefined)
		query = { name: 'number', text: `SELECT ${columns} FROM orders WHERE ${number} >= $1 AND ${number} < $2 ORDER BY ${number} DESC LIMIT $3`,
			values: [q.from, q.to, limit + 1] };
	else
		query = { name: 'all', text: `SELECT ${columns} FROM orders ORDER BY id LIMIT $1 OFFSET $2`, values: [limit + 1, q.offset ?? 0] };
	res.json(page((await pool.query(query)).rows, limit));
});
app.post('/orders', async (req, res) => { res.status(201).json(await add(pool, req.body)); });
app.post('/orders/bulk', async (req, res) => {
	const client = await pool.connect();
	try {
		await client.query('BEGIN');
		const items = [];
		for (const doc of req.body)
			items.push(await add(client, doc));
		await client.query('COMMIT');
		res.status(201).json({ items });
	} catch (e) {
		await client.query('ROLLBACK');
		throw e;
	} finally {
		client.release();
	}
});
app.put('/orders/:id', async (req, res) => {
	const text = JSON.stringify(req.body), etag = md5(text);
	const { rowCount } = await pool.query({ name: 'put', text: 'UPDATE orders SET etag = $1, modified = $2, doc = $3 WHERE id = $4',
		values: [etag, new Date().toISOString(), text, req.params.id] });
	res.status(rowCount ? 200 : 404).set('ETag', `"${etag}"`).end();
});
app.listen(Number(process.env.PORT), '127.0.0.1');
