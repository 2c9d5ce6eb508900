-- wrk posts each line of a file, "signature<TAB>body", and ends its round with nothing under way: every answer is seen.
-- Arguments: file, seconds to send for, requests a second (0: as fast as answers come), lines to pass over. One thread.
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds; long nanoseconds; } moment; int clock_gettime(int clock, moment *now);")
local now_ = ffi.new("moment")

local function now()
   ffi.C.clock_gettime(1, now_)
   return tonumber(now_.seconds) + tonumber(now_.nanoseconds) / 1e9
end

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

local lines, path, seconds, interval, started, slot
acknowledged, put_off, refused = 0, 0, 0

function init(args)
   local rate = tonumber(args[3])
   path, seconds = args[1], tonumber(args[2])
   interval = rate > 0 and 1 / rate or 0
   lines = io.lines(path)
   for _ = 1, tonumber(args[4]) do lines() end
end

function delay()
   if not started then
      started = now()
      slot = started
   end
   local at = now()
   if at - started > seconds then return 3600000 end
   slot = slot + interval
   return interval > 0 and math.max(0, (slot - at) * 1000) or 0
end

function request()
   local line = lines()
   if not line then
      lines = io.lines(path)
      line = lines()
   end
   local tab = line:find("\t", 1, true)
   wrk.headers["X-Hub-Signature-256"] = line:sub(1, tab - 1)
   wrk.headers["Content-Type"] = "application/json"
   return wrk.format("POST", nil, nil, line:sub(tab + 1))
end

function response(status)
   if status == 200 then
      acknowledged = acknowledged + 1
   elseif status == 503 then
      put_off = put_off + 1
   else
      refused = refused + 1
   end
end

function done(summary, latency)
   local sum = { acknowledged = 0, put_off = 0, refused = 0 }
   for _, thread in ipairs(threads) do
      for name in pairs(sum) do sum[name] = sum[name] + thread:get(name) end
   end
   local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
   io.write(string.format(
      '\n{"acknowledged": %d, "put_off": %d, "refused": %d, "broken": %d, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f}\n',
      sum.acknowledged, sum.put_off, sum.refused, broken,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000
   ))
end
