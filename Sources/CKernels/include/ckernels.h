// Kernels of the hot path: a SIMD scan for many literals at once, and byte masks small enough to be
// inlined into Swift loops. Nothing here allocates, locks or calls back.
#ifndef SECLOG_CKERNELS_H
#define SECLOG_CKERNELS_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------- many literals at once

// A literal is looked for by four neighbouring bytes of it, its window. Only every second place of the
// text is looked up: each literal has one window for even and one for odd places of its own. A window may
// reach one byte before its literal and one behind it, where any byte may stand; so of the first and the
// last byte of a window only five bits count (32 kinds), of the two between all but a letter's case.
#define CK_WINDOW 4
#define CK_STRIDE 2
#define CK_GRAM_MASK 0x1FDFDF1Fu
#define CK_CHAIN_BITS 14
#define CK_CHAINS (1 << CK_CHAIN_BITS)
#define CK_PAIRS_MAX 8
#define CK_AT_ONCE 4

// One literal. `(first 8 bytes | fold) & mask == value` decides most candidates; `bytes` the rest.
typedef struct {
  uint64_t value, mask, fold;
  const uint8_t *bytes;  // `length` bytes; letters in lower case if `folds` is not 0
  const uint8_t *sets;   // NULL, or `length` bitmaps of 32 bytes: byte b is allowed if bit b is set
  uint32_t length;
  uint32_t id;
  uint32_t folds;        // whether bytes past the eighth compare without case
  uint32_t is_long;      // whether the first 8 bytes do not decide
  uint32_t starts_word;  // found only where a word may start
} ck_literal;

// A literal and where in it a window starts (-1 for the byte before it). There are tens of thousands: small ones
// stay in the cache.
typedef struct {
  uint16_t literal;
  int16_t window;
} ck_member;

typedef struct {
  const ck_literal *literals;
  uint32_t count;  // of literals
  uint32_t most;   // of literals that one window can stand for
  // Words of 32 bits. Each window has a word and in it two bits, all by its hash; see `ck_gram_bits`.
  const uint32_t *grams;
  uint32_t gram_bits;  // there are 2^gram_bits words
  // The literals whose window may have a hash of chain c: `chained[chain[c] ..< chain[c + 1]]`. Behind the last
  // are CK_AT_ONCE more that mean nothing: so many are always read, and few chains have more.
  const uint32_t *chain;  // CK_CHAINS + 1
  const ck_member *chained;
  // Literals too short or too vague for a window are looked for by two bytes, letters without case;
  // a second byte of 0 stands for any. `pairs` > CK_PAIRS_MAX: everywhere.
  uint32_t pairs;
  uint8_t pair[CK_PAIRS_MAX][2];
  uint32_t briefs;
  const uint16_t *brief;
} ck_literal_set;

typedef struct {
  uint32_t position;  // of the literal's first byte
  uint32_t literal;   // its id
} ck_hit;

typedef enum { CK_SCALAR = 0, CK_SSSE3 = 1, CK_AVX2 = 2, CK_NEON = 3 } ck_variant;

// Hash of four bytes, the first is the lowest. Its high bits are the good ones.
static inline uint32_t ck_gram(uint32_t four) { return (four & CK_GRAM_MASK) * 0x9E3779B1u; }
// Which word of `grams` tells of the hash, and its two bits there.
static inline uint32_t ck_gram_word(uint32_t gram, uint32_t gram_bits) { return gram >> (32 - gram_bits); }
static inline uint32_t ck_gram_mask(uint32_t gram, uint32_t gram_bits) {
  return 0x80000000u >> (gram >> (27 - gram_bits) & 31) | 0x80000000u >> (gram >> (22 - gram_bits) & 31);
}
static inline uint32_t ck_chain(uint32_t gram) { return gram >> (32 - CK_CHAIN_BITS); }
// Bounds of `gram_bits`: 4 KiB, and what still fits a second cache.
#define CK_GRAM_BITS_MIN 10
#define CK_GRAM_BITS_MAX 17

// How many bytes are looked at between two questions whether there is room for more hits.
#define CK_CHUNK 512

// The fastest variant of this machine.
ck_variant ck_best_variant(void);
// Whether this machine can run the variant.
int ck_has_variant(ck_variant variant);

// Finds every occurrence of every literal in `data[from ..< length]` whose window starts there,
// ordered by position. Stops when `hits` has no room for another chunk; `*resume` is where to go on
// (`length` when done). Returns how many hits were written.
//
// `from` is 0 or where an earlier call stopped. `capacity` must be at least twice CK_CHUNK × (`most` + `briefs`),
// `length` less than 4 GiB. Reads no byte outside `data[0 ..< length]`.
size_t ck_scan(const ck_literal_set *set, ck_variant variant, const uint8_t *data, size_t length,
               size_t from, ck_hit *hits, size_t capacity, size_t *resume);

// ---------------------------------------------------------------- four bytes out of a few hundred

// A set of four-byte windows, by their hashes: three bits of one word for each. Only every
// eighth place is looked up, so whoever looks for a text of 11 bytes adds eight windows of it.
#define CK_WINDOW_STRIDE 8
#define CK_WINDOW_WORDS 1024

static inline uint32_t ck_window(uint32_t four, uint32_t seed) { return (four ^ seed) * 0x9E3779B1u; }
static inline uint32_t ck_window_word(uint32_t window) { return window >> 22; }
static inline uint32_t ck_window_mask(uint32_t window) {
  return 0x80000000u >> (window >> 17 & 31) | 0x80000000u >> (window >> 12 & 31) | 0x80000000u >> (window >> 7 & 31);
}

// The first of the places `from`, `from` + 8 … in `data[from ..< length]` whose window may be in the set, or
// `length`. `words` has CK_WINDOW_WORDS words. A window that is cut by the end is none.
size_t ck_find_window(ck_variant variant, const uint32_t *words, uint32_t seed, const uint8_t *data, size_t from,
                      size_t length);

// The first of `words[from ..< count]` that is `word`, or `count`.
size_t ck_find_word(const uint32_t *words, size_t from, size_t count, uint32_t word);

// ---------------------------------------------------------------- lines

// How many newlines are in `data[0 ..< length]`.
size_t ck_count_newlines(const uint8_t *data, size_t length);

// The last `byte` in `data[from ..< end]`, or -1.
static inline ptrdiff_t ck_last(const uint8_t *data, size_t from, size_t end, uint8_t byte) {
  // memrchr needs _GNU_SOURCE, which breaks clang's intrinsics modules when it is set in a header.
  size_t i = end;
#if defined(__SSE2__)
  const __m128i x = _mm_set1_epi8((char)byte);
  while (i >= from + 16) {
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(data + i - 16)), x));
    if (m) return (ptrdiff_t)(i - 16 + (31 - (unsigned)__builtin_clz(m)));
    i -= 16;
  }
#endif
  while (i > from) {
    i--;
    if (data[i] == byte) return (ptrdiff_t)i;
  }
  return -1;
}

// The last newline before `end`, or -1.
static inline ptrdiff_t ck_last_newline(const uint8_t *data, size_t end) { return ck_last(data, 0, end, '\n'); }

// The first newline in `data[from ..< length]`, or `length`.
static inline size_t ck_next_newline(const uint8_t *data, size_t from, size_t length) {
  if (from >= length) return length;
  const void *p = memchr(data + from, '\n', length - from);
  return p ? (size_t)((const uint8_t *)p - data) : length;
}

// ---------------------------------------------------------------- masks

// Bit i is set if `p[i]` is a quote or a backslash; 16 bytes are read.
static inline uint32_t ck_mask_quote_backslash(const uint8_t *p, uint8_t quote) {
#if defined(__SSE2__)
  __m128i v = _mm_loadu_si128((const __m128i *)p);
  __m128i m = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8((char)quote)), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
  return (uint32_t)_mm_movemask_epi8(m);
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) mask |= (uint32_t)(p[i] == quote || p[i] == '\\') << i;
  return mask;
#endif
}

// The first quote or backslash in `data[from ..< end]`, or `end`. Bytes up to `readable` may be read.
static inline size_t ck_next_quote_or_backslash(const uint8_t *data, size_t from, size_t end, size_t readable,
                                                uint8_t quote) {
  size_t i = from;
  while (i < end && i + 16 <= readable) {
    uint32_t m = ck_mask_quote_backslash(data + i, quote);
    if (m) {
      i += (size_t)__builtin_ctz(m);
      return i < end ? i : end;
    }
    i += 16;
  }
  while (i < end && data[i] != quote && data[i] != '\\') i++;
  return i < end ? i : end;
}

// The first `byte` in `data[from ..< end]`, or `end`, for texts that are mostly short. Bytes up to `readable` may
// be read.
static inline size_t ck_next_near(const uint8_t *data, size_t from, size_t end, size_t readable, uint8_t byte) {
  size_t i = from;
#if defined(__SSE2__)
  const __m128i x = _mm_set1_epi8((char)byte);
  while (i < end && i + 16 <= readable) {
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(data + i)), x));
    if (m) {
      i += (size_t)__builtin_ctz(m);
      return i < end ? i : end;
    }
    i += 16;
  }
#endif
  while (i < end && data[i] != byte) i++;
  return i < end ? i : end;
}

// Copies the bytes of `data[from ..< end]` before the first `byte` to `to`, where 16 bytes more than that are free.
// Returns where they end.
static inline size_t ck_copy_until(const uint8_t *data, size_t from, size_t end, uint8_t byte, uint8_t *to) {
  size_t i = from;
#if defined(__SSE2__)
  const __m128i x = _mm_set1_epi8((char)byte);
  while (i + 16 <= end) {
    __m128i v = _mm_loadu_si128((const __m128i *)(data + i));
    _mm_storeu_si128((__m128i *)(to + (i - from)), v);
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, x));
    if (m) return i + (size_t)__builtin_ctz(m);
    i += 16;
  }
#endif
  for (; i < end && data[i] != byte; i++) to[i - from] = data[i];
  return i;
}

// Whether a field's name may hold the byte: letters, digits, `_`, `-`, `.` and anything beyond ASCII.
static inline int ck_is_name(uint8_t c) {
  return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c >= 0x80 || c == '_' || c == '-' || c == '.';
}

// Bit i is set if `p[i]` is such a byte; 16 bytes are read.
static inline uint32_t ck_mask_name(const uint8_t *p) {
#if defined(__SSE2__)
  __m128i v = _mm_loadu_si128((const __m128i *)p), low = _mm_or_si128(v, _mm_set1_epi8(0x20));
  // A range that is moved to the top of the signed bytes needs one comparison.
  __m128i m = _mm_cmpgt_epi8(_mm_add_epi8(low, _mm_set1_epi8(127 - 'z')), _mm_set1_epi8(127 - 26));
  m = _mm_or_si128(m, _mm_cmpgt_epi8(_mm_add_epi8(v, _mm_set1_epi8(127 - '9')), _mm_set1_epi8(127 - 10)));
  m = _mm_or_si128(m, _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('-')), _mm_cmpeq_epi8(v, _mm_set1_epi8('.'))));
  m = _mm_or_si128(m, _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('_')), v));  // v: the bytes beyond ASCII
  return (uint32_t)_mm_movemask_epi8(m);
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) mask |= (uint32_t)ck_is_name(p[i]) << i;
  return mask;
#endif
}

// Where the bytes of a name that end at `end` begin, at `start` or behind it.
static inline size_t ck_name_start(const uint8_t *data, size_t start, size_t end) {
  size_t i = end;
  while (i >= start + 16) {
    uint32_t others = ~ck_mask_name(data + i - 16) << 16;
    if (others) return i - (size_t)__builtin_clz(others);
    i -= 16;
  }
  while (i > start && ck_is_name(data[i - 1])) i--;
  return i;
}

// Where the bytes of a name that begin at `start` end, at `end` or before it.
static inline size_t ck_name_end(const uint8_t *data, size_t start, size_t end) {
  size_t i = start;
  while (i + 16 <= end) {
    uint32_t others = ~ck_mask_name(data + i) & 0xFFFF;
    if (others) return i + (size_t)__builtin_ctz(others);
    i += 16;
  }
  while (i < end && ck_is_name(data[i])) i++;
  return i;
}

// The first of two bytes in `data[from ..< length]`, or `length`.
static inline size_t ck_next_of_two(const uint8_t *data, size_t from, size_t length, uint8_t a, uint8_t b) {
  size_t i = from;
#if defined(__SSE2__)
  const __m128i x = _mm_set1_epi8((char)a), y = _mm_set1_epi8((char)b);
  for (; i + 16 <= length; i += 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)(data + i));
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(v, x), _mm_cmpeq_epi8(v, y)));
    if (m) return i + (size_t)__builtin_ctz(m);
  }
#endif
  while (i < length && data[i] != a && data[i] != b) i++;
  return i;
}

// How many digits, capitals and small letters there are in `length` bytes.
typedef struct {
  uint32_t digits, uppers, lowers;
} ck_kinds;
ck_kinds ck_count_kinds(const uint8_t *data, size_t length);

// Whether `data[from ..< end]` is one object or list of JSON, of at most 64 levels. Numbers and words are not
// looked at closely.
int ck_is_structure(const uint8_t *data, size_t from, size_t end);

// The first place of `needle` in `data[from ..< length]`, or `length`. `needle_length` ≥ 1.
size_t ck_find(const uint8_t *data, size_t from, size_t length, const uint8_t *needle, size_t needle_length);

// The same without case: `needle` is in lower case.
size_t ck_find_folded(ck_variant variant, const uint8_t *data, size_t from, size_t length, const uint8_t *needle,
                      size_t needle_length);

// Steps through a table of states, a row of 1 << `row_bits` for each, by the class of each byte from `from` on, to the
// first state that is not below `end`. Returns the place behind the byte that led to it, or `length`.
// `classes` has 256 members below 1 << `row_bits`; `rows` holds states that have a row.
size_t ck_walk(const uint8_t *data, size_t from, size_t length, const uint8_t *classes, const uint16_t *rows,
               uint32_t row_bits, uint16_t end, uint16_t *state);

#ifdef __cplusplus
}
#endif
#endif
