"""The paces of `buckets.py`, shared by all processes and machines through Redis.

Each step is one script, by the clock of Redis: it does not matter what time a worker believes it is. What is lost with
Redis builds itself up again: the pace within a slot, the pairs within minutes; a rate that was lowered starts again at
the top.
"""

from collections.abc import Sequence
from uuid import uuid4

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from communications.buckets import (
    FASTER,
    ONE_STOP,
    PAIR_CREDIT,
    PAIR_SECONDS,
    QUIET_SECONDS,
    SLOWER,
    SLOWEST,
    SPACING,
    Grant,
)

# Times are microseconds; a number of Lua's would lose digits on its way to text, hence `text`.
_BEGIN = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local function text(number) return string.format('%.0f', number) end
"""
_RATE = f"""
local function rate_now(key, ceiling)
  local kept = redis.call('HMGET', key, 'rate', 'cut_at')
  if not kept[1] then return ceiling, nil end
  local quiet = math.max(0, now - tonumber(kept[2])) / 1000000
  return math.min(ceiling, tonumber(kept[1]) * {FASTER} ^ quiet), tonumber(kept[2])
end
"""
_FORGET = "redis.call('PEXPIRE', KEYS[1], 3600000)"

_RESERVE = f"""{_BEGIN}{_RATE}
local wanted, ahead = tonumber(ARGV[1]), tonumber(ARGV[2])
local rate = rate_now(KEYS[1], tonumber(ARGV[3]))
local interval = 1000000 * {SPACING} / rate
local lead, next_slot = tonumber(ARGV[5]), tonumber(redis.call('HGET', KEYS[1], 'next_slot') or 0)
local first = math.max(now, next_slot)
if next_slot < now - lead then first = now + lead end
local late, known = tonumber(ARGV[4]), redis.call('HMGET', KEYS[1], 'taken_by', 'made_up', 'made_up_at')
if late > 0 and known[1] and known[1] ~= ARGV[6] then
  local before = known[2] and now - tonumber(known[3]) < {ONE_STOP} * 1000000 and tonumber(known[2]) or 0
  if late > before then
    first = first + late - before
    redis.call('HSET', KEYS[1], 'made_up', text(late), 'made_up_at', text(now), 'next_slot', text(first))
  end
end
if first > now + ahead then
  return {{0, text(first - now - ahead), tostring(interval), tostring(rate)}}
end
local granted = math.min(wanted, math.floor((now + ahead - first) / interval) + 1)
redis.call('HSET', KEYS[1], 'next_slot', text(first + granted * interval), 'taken_by', ARGV[6])
{_FORGET}
return {{granted, text(first - now), tostring(interval), tostring(rate)}}
"""

_SLOW_DOWN = f"""{_BEGIN}{_RATE}
local rate, cut_at = rate_now(KEYS[1], tonumber(ARGV[1]))
if not cut_at or now - cut_at >= {QUIET_SECONDS} * 1000000 then
  redis.call('HSET', KEYS[1], 'rate', tostring(math.max({SLOWEST}, rate * {SLOWER})), 'cut_at', text(now))
  {_FORGET}
end
"""

_HOLD = f"""{_BEGIN}
local next_slot = tonumber(redis.call('HGET', KEYS[1], 'next_slot') or 0)
redis.call('HSET', KEYS[1], 'next_slot', text(math.max(next_slot, now + tonumber(ARGV[1]))))
redis.call('PEXPIRE', KEYS[1], 3600000 + math.ceil(ARGV[1] / 1000))
"""

_PAIRS = f"""{_BEGIN}
local waits = {{}}
for n, key in ipairs(KEYS) do
  local repaid_at = math.max(now, tonumber(redis.call('GET', key) or 0))
  local excess = repaid_at - now - {PAIR_CREDIT} * 1000000
  if excess > 0 then
    waits[n] = text(excess)
  else
    repaid_at = repaid_at + {PAIR_SECONDS} * 1000000
    redis.call('SET', key, text(repaid_at), 'PX', math.ceil((repaid_at - now) / 1000))
    waits[n] = '0'
  end
end
return waits
"""

_BLOCK_PAIR = f"""{_BEGIN}
local blocked = now + {PAIR_CREDIT} * 1000000 + tonumber(ARGV[1])
local repaid_at = math.max(blocked, tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], text(repaid_at), 'PX', math.ceil((repaid_at - now) / 1000))
"""

_MICROSECONDS = 1_000_000


class RedisBuckets:
    """Buckets of all processes that share this Redis. Raises `redis.RedisError` where it does not answer in time."""

    def __init__(self, url: str, *, timeout: float = 0.5) -> None:
        self._redis = redis.Redis.from_url(
            url,
            socket_connect_timeout=timeout,
            socket_timeout=timeout,
            # Once, for a connection that Redis closed while it was idle.
            retry=Retry(NoBackoff(), 1),
        )
        # Tells whether others send beside this process.
        self._name = uuid4().hex
        self._reserve = self._redis.register_script(_RESERVE)
        self._slow_down = self._redis.register_script(_SLOW_DOWN)
        self._hold = self._redis.register_script(_HOLD)
        self._pairs = self._redis.register_script(_PAIRS)
        self._block_pair = self._redis.register_script(_BLOCK_PAIR)

    def reserve(
        self, number: str, wanted: int, *, ahead: float, ceiling: float, lead: float = 0.0, late: float = 0.0
    ) -> Grant:
        asked: list[int | float | str] = [wanted, _whole(ahead), ceiling, _whole(late), _whole(lead), self._name]
        granted, wait, interval, rate = self._reserve([_pace(number)], asked)
        return Grant(granted, float(wait) / _MICROSECONDS, float(interval) / _MICROSECONDS, float(rate))

    def slow_down(self, number: str, *, ceiling: float) -> None:
        self._slow_down([_pace(number)], [ceiling])

    def hold(self, number: str, seconds: float) -> None:
        self._hold([_pace(number)], [_whole(seconds)])

    def pairs(self, number: str, people: Sequence[str]) -> list[float]:
        return [float(wait) / _MICROSECONDS for wait in self._pairs([_pair(number, person) for person in people])]

    def block_pair(self, number: str, person: str, seconds: float) -> None:
        self._block_pair([_pair(number, person)], [_whole(seconds)])


def _pace(number: str) -> str:
    return f"whatsapp:pace:{number}"


def _pair(number: str, person: str) -> str:
    return f"whatsapp:pair:{number}:{person}"


def _whole(seconds: float) -> int:
    return int(seconds * _MICROSECONDS)
