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

// A literal is looked for by four neighbouring bytes of it, its window. A bitmap tells whether some
// window has the hash of the four bytes at hand.
#define CK_WINDOW 4
#define CK_GRAM_BITS 18
#define CK_CHAIN_BITS 14
#define CK_CHAINS (1 << CK_CHAIN_BITS)
#define CK_PAIRS_MAX 8

// One literal. `(first 8 bytes | fold) & mask == value` decides most candidates; `bytes` the rest.
typedef struct {
  uint64_t value, mask, fold;
  const uint8_t *bytes;  // `length` bytes; letters in lower case if `fold` is not 0
  const uint8_t *sets;   // NULL, or `length` bitmaps of 32 bytes: byte b is allowed if bit b is set
  uint32_t length;
  uint32_t window;       // where in the literal its window starts
  uint32_t id;
  uint32_t folds;        // whether bytes past the eighth compare without case
} ck_literal;

typedef struct {
  const ck_literal *literals;
  uint32_t count;  // of literals
  uint32_t most;   // of literals that one window can stand for
  // Bit h is set if four bytes with hash h may be a window: `ck_gram`.
  const uint32_t *grams;
  // The same under another hash, which nearly all of the first one's mistakes do not pass: `ck_echo`.
  const uint32_t *echoes;
  // The literals whose window may have a hash of chain c: `chained[chain[c] ..< chain[c + 1]]`.
  const uint32_t *chain;  // CK_CHAINS + 1
  const uint16_t *chained;
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

// Hash of four bytes (the first is the lowest), letters without case. Two products of 16 bits: one
// instruction of every vector unit.
#define CK_GRAM_LOW 30011
#define CK_GRAM_HIGH 25747
#define CK_GRAM_SHIFT 11
static inline uint32_t ck_gram(uint32_t four) {
  four |= 0x20202020u;
  uint32_t sum = (uint32_t)((int32_t)(int16_t)(four & 0xffff) * CK_GRAM_LOW) +
                 (uint32_t)((int32_t)(int16_t)(four >> 16) * CK_GRAM_HIGH);
  return sum >> CK_GRAM_SHIFT & ((1u << CK_GRAM_BITS) - 1);
}
#define CK_ECHO_BITS 17
static inline uint32_t ck_echo(uint32_t four) { return (four | 0x20202020u) * 0x9E3779B1u >> (32 - CK_ECHO_BITS); }
static inline uint32_t ck_chain(uint32_t gram) { return gram & (CK_CHAINS - 1); }

// The fastest variant of this machine.
ck_variant ck_best_variant(void);
// Whether this machine can run the variant.
int ck_has_variant(ck_variant variant);

// Finds every occurrence of every literal in `data[from ..< length]` whose window starts there,
// ordered by position. Stops when `hits` has no room for another vector; `*resume` is where to go on
// (`length` when done). Returns how many hits were written.
//
// `capacity` must be at least 64 × (`most` + `briefs`), `length` less than 4 GiB. Reads no byte outside `data[0 ..< length]`.
size_t ck_scan(const ck_literal_set *set, ck_variant variant, const uint8_t *data, size_t length,
               size_t from, ck_hit *hits, size_t capacity, size_t *resume);

// ---------------------------------------------------------------- lines

// How many newlines are in `data[0 ..< length]`.
size_t ck_count_newlines(const uint8_t *data, size_t length);

// The last newline before `end`, or -1.
static inline ptrdiff_t ck_last_newline(const uint8_t *data, size_t end) {
  // memrchr needs _GNU_SOURCE, which breaks clang's intrinsics modules when it is set in a header.
  size_t i = end;
#if defined(__SSE2__)
  const __m128i nl = _mm_set1_epi8('\n');
  while (i >= 16) {
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(data + i - 16)), nl));
    if (m) return (ptrdiff_t)(i - 16 + (31 - (unsigned)__builtin_clz(m)));
    i -= 16;
  }
#endif
  while (i > 0) {
    i--;
    if (data[i] == '\n') return (ptrdiff_t)i;
  }
  return -1;
}

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

// The first quote or backslash in `data[from ..< length]`, or `length`.
static inline size_t ck_next_quote_or_backslash(const uint8_t *data, size_t from, size_t length, uint8_t quote) {
  size_t i = from;
  while (i + 16 <= length) {
    uint32_t m = ck_mask_quote_backslash(data + i, quote);
    if (m) return i + (size_t)__builtin_ctz(m);
    i += 16;
  }
  while (i < length && data[i] != quote && data[i] != '\\') i++;
  return i;
}

// The first place of `needle` in `data[from ..< length]`, or `length`. `needle_length` ≥ 1.
size_t ck_find(const uint8_t *data, size_t from, size_t length, const uint8_t *needle, size_t needle_length);

// The same without case: `needle` is in lower case.
size_t ck_find_folded(const uint8_t *data, size_t from, size_t length, const uint8_t *needle, size_t needle_length);

#ifdef __cplusplus
}
#endif
#endif
