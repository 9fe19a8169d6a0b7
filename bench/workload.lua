-- One request of the workload for wrk.  The environment: PART (W1 ... W9), STYLE (how the target is asked: cords, floor, peer),
-- BASE (path of the collection), KEYS (a file of keys and entity tags), AUTH, SEED.
--
-- Order number i has the number i and the user i / 10; ORDERS: how many there are.  The first half of them is asked for, the
-- second is replaced.  What is written has numbers beyond, which ascend as numbers of orders do, and other users, at random: so
-- answers stay what they were.
local part, style, base = os.getenv("PART"), os.getenv("STYLE"), os.getenv("BASE")
local keys, etags = {}, {}
for line in io.lines(os.getenv("KEYS")) do
  local k, e = line:match("(%S+)%s*(%S*)")
  keys[#keys + 1] = k
  etags[#etags + 1] = e
end
local n_orders = tonumber(os.getenv("ORDERS"))
local half, half_keys = math.floor(n_orders / 2), math.floor(#keys / 2)
local template = io.open(os.getenv("ORDER")):read("l")
local auth = os.getenv("AUTH")
local get = { ["Authorization"] = auth }
local send = { ["Authorization"] = auth, ["Content-Type"] = "application/json" }
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number_of_thread", threads)
end

local function order()
  local user = string.format("USER%08d", 5e7 + math.random(n_orders / 10))
  next_number = next_number + 1
  return user, next_number, (template:gsub("@NUMBER@", string.format("%d", next_number)):gsub("@USER@", user))
end

-- as ours: the first half ascends
local function new_key()
  return string.format("%016X%08X%08X", next_number, math.random(0, 0x7fffffff), math.random(0, 0x7fffffff))
end

local function path(...)
  return table.concat({ base, ... }, "/")
end

local make = {}

function make.W1()
  local user, n, doc = order()
  if style == "floor" then return wrk.format("POST", path("insert", new_key(), user, n), send, doc) end
  return wrk.format("POST", base, send, doc)
end

function make.W2()
  local key = keys[math.random(half_keys)]
  if style == "floor" then return wrk.format("GET", path("read", key), get) end
  return wrk.format("GET", path(key), get)
end

function make.W3()
  local i = math.random(half_keys)
  if style == "floor" then return wrk.format("GET", path("version", keys[i]), get) end
  return wrk.format("GET", path(keys[i]), { ["Authorization"] = auth, ["If-None-Match"] = '"' .. etags[i] .. '"' })
end

function make.W4()
  local user, n, doc = order()
  local key = keys[math.random(half_keys + 1, #keys)]
  if style == "floor" then return wrk.format("POST", path("replace", user, n, "-", key), send, doc) end
  return wrk.format("PUT", path(key), send, doc)
end

function make.W5()
  local user = string.format("USER%08d", math.random(0, math.floor(half / 10) - 1))
  if style == "floor" then return wrk.format("GET", path("equality", user), get) end
  if style == "peer" then return wrk.format("GET", base .. "?user=" .. user, get) end
  return wrk.format("POST", base .. "?action=query", send, '{"User":"' .. user .. '"}')
end

function make.W6()
  local from = math.random(0, half - 1000)
  if style == "floor" then return wrk.format("GET", path("range", from, from + 1000), get) end
  if style == "peer" then return wrk.format("GET", string.format("%s?from=%d&to=%d&limit=25", base, from, from + 1000), get) end
  return wrk.format("POST", base .. "?action=query&limit=25", send, string.format(
    '{"$query":{"PONumber":{"$gte":%d,"$lt":%d}},"$orderby":[{"path":"PONumber","datatype":"number","order":"desc"}]}', from, from + 1000))
end

function make.W7()
  local offset = 100 * math.random(0, 9)
  if style == "floor" then return wrk.format("GET", path("page", offset), get) end
  return wrk.format("GET", string.format("%s?limit=100&offset=%d", base, offset), get)
end

-- 40 different bodies for each thread, made before the clock starts: making them meanwhile would be the limit
local bulks = {}
local function make_bulks()
  for i = 1, 40 do
    local docs = {}
    for k = 1, 1000 do docs[k] = select(3, order()) end
    bulks[i] = wrk.format("POST", style == "peer" and base .. "/bulk" or base .. "?action=insert", send, "[" .. table.concat(docs, ",") .. "]")
  end
end

function make.W8()
  return bulks[math.random(#bulks)]
end

function make.W9()
  local p = math.random(100)
  return p <= 80 and make.W2() or p <= 95 and make.W4() or make.W5()
end

-- a page that begins behind a key
function make.keyset()
  return wrk.format("GET", string.format("%s?limit=100&fromID=%s", base, keys[math.random(half_keys)]), get)
end

-- one path, or one body, again and again
function make.constant()
  return wrk.format("GET", base, get)
end

local body
function make.sized()
  body = body or '{"pad":"' .. string.rep("x", tonumber(os.getenv("BYTES")) - 10) .. '"}'
  return wrk.format("POST", base, send, body)
end

function init(args)
  local run = os.getenv("SEED") * 10 + number_of_thread
  math.randomseed(run)
  next_number = 1e9 + run * 1e6
  if part == "W8" then make_bulks() end
end

request = make[part]

local wanted = part == "W3" and style ~= "floor" and 304
local bad = 0
response = function(status)
  if status >= 400 or wanted and status ~= wanted then
    bad = bad + 1
    if bad < 4 then print("status " .. status) end
  end
end

done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %.1f %.0f %.0f %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50), latency:percentile(99),
    e.status + e.read + e.connect + e.timeout))
end
