#define _GNU_SOURCE
#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The scan is Teddy (Hyperscan's literal matcher, described by Langdale and Wang, 2019): for each of
// four neighbouring bytes, two nibble tables tell which of 16 buckets allow that byte there; a bucket
// that all four allow is a candidate, and each literal of the bucket is compared.

static inline int equal_at(const ck_literal *l, const uint8_t *p) {
  if (l->sets) {
    for (uint32_t i = 0; i < l->length; i++)
      if (!(l->sets[32 * i + (p[i] >> 3)] >> (p[i] & 7) & 1)) return 0;
    return 1;
  }
  for (uint32_t i = 8; i < l->length; i++) {
    uint8_t c = p[i];
    if (l->folds && c >= 'A' && c <= 'Z') c |= 0x20;
    if (c != l->bytes[i]) return 0;
  }
  return 1;
}

// Adds the hits of one candidate window, keeping the buffer ordered by position. The buckets only
// said that it is worth looking; the chain of its first three bytes holds the literals to compare.
static __attribute__((noinline)) size_t compare(const ck_literal_set *set, const uint8_t *data, size_t length,
                                                size_t at, uint32_t h, ck_hit *hits, size_t count, size_t capacity) {
  uint32_t k = set->chain[h], end = set->chain[h + 1];
  for (; k < end; k++) {
    const ck_literal *l = &set->literals[set->chained[k]];
    if (at < l->window) continue;
    size_t start = at - l->window;
    if (start + l->length > length) continue;
    uint64_t word = 0;
    if (start + 8 <= length)
      memcpy(&word, data + start, 8);
    else
      memcpy(&word, data + start, length - start);
    if (((word | l->fold) & l->mask) != l->value) continue;
    if ((l->length > 8 || l->sets) && !equal_at(l, data + start)) continue;
    if (count == capacity) return count;  // cannot happen: callers leave room for a full window
    size_t j = count++;
    while (j > 0 && hits[j - 1].position > start) {
      hits[j] = hits[j - 1];
      j--;
    }
    hits[j].position = (uint32_t)start;
    hits[j].literal = l->id;
  }
  return count;
}

static inline size_t verify(const ck_literal_set *set, const uint8_t *data, size_t length, size_t at,
                            ck_hit *hits, size_t count, size_t capacity) {
  uint32_t h = at + 3 <= length ? ck_chain(data[at], data[at + 1], data[at + 2])
                                : ck_chain(data[at], at + 1 < length ? data[at + 1] : 0, 0);
  if (!(set->chain_bits[h >> 3] >> (h & 7) & 1)) return count;
  return compare(set, data, length, at, h, hits, count, capacity);
}

static inline unsigned buckets_at(const ck_literal_set *set, const uint8_t *p) {
  unsigned m[2];
  for (int bank = 0; bank < 2; bank++) {
    unsigned x = 0xff;
    for (int k = 0; k < CK_WINDOW; k++) x &= set->low[bank][k][p[k] & 15] & set->high[bank][k][p[k] >> 4];
    m[bank] = x;
  }
  return m[0] | m[1] << 8;
}

// Candidates one byte at a time. `limit` windows; the last three may read zeros past the end.
static size_t scan_scalar(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                          ck_hit *hits, size_t count, size_t capacity, size_t room, size_t *resume) {
  size_t i = from;
  for (; i < length; i++) {
    if (capacity - count < room) break;
    uint8_t tail[CK_WINDOW] = {0};
    const uint8_t *p = data + i;
    if (i + CK_WINDOW > length) {
      memcpy(tail, p, length - i);
      p = tail;
    }
    unsigned b = buckets_at(set, p);
    if (b) count = verify(set, data, length, i, hits, count, capacity);
  }
  *resume = i;
  return count;
}

#if defined(__x86_64__)
__attribute__((target("avx2")))
static size_t scan_avx2(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                        ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  __m256i low[2][CK_WINDOW], high[2][CK_WINDOW];
  for (int b = 0; b < 2; b++)
    for (int k = 0; k < CK_WINDOW; k++) {
      low[b][k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)set->low[b][k]));
      high[b][k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)set->high[b][k]));
    }
  const __m256i nibble = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
  size_t i = from, count = 0;
  while (i + 32 + CK_WINDOW - 1 <= length) {
    if (capacity - count < room) {
      *resume = i;
      return count;
    }
    __m256i m0 = _mm256_set1_epi8(-1), m1 = m0;
#pragma clang loop unroll(full)
    for (int k = 0; k < CK_WINDOW; k++) {
      __m256i v = _mm256_loadu_si256((const __m256i *)(data + i + k));
      __m256i l = _mm256_and_si256(v, nibble), h = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
      m0 = _mm256_and_si256(m0, _mm256_and_si256(_mm256_shuffle_epi8(low[0][k], l), _mm256_shuffle_epi8(high[0][k], h)));
      m1 = _mm256_and_si256(m1, _mm256_and_si256(_mm256_shuffle_epi8(low[1][k], l), _mm256_shuffle_epi8(high[1][k], h)));
    }
    unsigned found = ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_or_si256(m0, m1), zero));
    if (found) {
      do {
        unsigned j = (unsigned)__builtin_ctz(found);
        found &= found - 1;
        count = verify(set, data, length, i + j, hits, count, capacity);
      } while (found);
    }
    i += 32;
  }
  return scan_scalar(set, data, length, i, hits, count, capacity, room, resume);
}

__attribute__((target("ssse3")))
static size_t scan_ssse3(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                         ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  const __m128i nibble = _mm_set1_epi8(15), zero = _mm_setzero_si128();
  size_t i = from, count = 0;
  while (i + 16 + CK_WINDOW - 1 <= length) {
    if (capacity - count < room) {
      *resume = i;
      return count;
    }
    __m128i m0 = _mm_set1_epi8(-1), m1 = m0;
    for (int k = 0; k < CK_WINDOW; k++) {
      __m128i v = _mm_loadu_si128((const __m128i *)(data + i + k));
      __m128i l = _mm_and_si128(v, nibble), h = _mm_and_si128(_mm_srli_epi16(v, 4), nibble);
#define T(x) _mm_loadu_si128((const __m128i *)(x))
      m0 = _mm_and_si128(m0, _mm_and_si128(_mm_shuffle_epi8(T(set->low[0][k]), l), _mm_shuffle_epi8(T(set->high[0][k]), h)));
      m1 = _mm_and_si128(m1, _mm_and_si128(_mm_shuffle_epi8(T(set->low[1][k]), l), _mm_shuffle_epi8(T(set->high[1][k]), h)));
#undef T
    }
    unsigned found = 0xffffu & ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_or_si128(m0, m1), zero));
    if (found) {
      do {
        unsigned j = (unsigned)__builtin_ctz(found);
        found &= found - 1;
        count = verify(set, data, length, i + j, hits, count, capacity);
      } while (found);
    }
    i += 16;
  }
  return scan_scalar(set, data, length, i, hits, count, capacity, room, resume);
}
#endif

#if defined(__aarch64__)
static size_t scan_neon(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                        ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  const uint8x16_t nibble = vdupq_n_u8(15);
  size_t i = from, count = 0;
  while (i + 16 + CK_WINDOW - 1 <= length) {
    if (capacity - count < room) {
      *resume = i;
      return count;
    }
    uint8x16_t m0 = vdupq_n_u8(0xff), m1 = m0;
    for (int k = 0; k < CK_WINDOW; k++) {
      uint8x16_t v = vld1q_u8(data + i + k);
      uint8x16_t l = vandq_u8(v, nibble), h = vshrq_n_u8(v, 4);
      m0 = vandq_u8(m0, vandq_u8(vqtbl1q_u8(vld1q_u8(set->low[0][k]), l), vqtbl1q_u8(vld1q_u8(set->high[0][k]), h)));
      m1 = vandq_u8(m1, vandq_u8(vqtbl1q_u8(vld1q_u8(set->low[1][k]), l), vqtbl1q_u8(vld1q_u8(set->high[1][k]), h)));
    }
    if (vmaxvq_u8(vorrq_u8(m0, m1))) {
      uint8_t b0[16], b1[16];
      vst1q_u8(b0, m0);
      vst1q_u8(b1, m1);
      for (unsigned j = 0; j < 16; j++)
        if (b0[j] | b1[j]) count = verify(set, data, length, i + j, hits, count, capacity);
    }
    i += 16;
  }
  return scan_scalar(set, data, length, i, hits, count, capacity, room, resume);
}
#endif

int ck_has_variant(ck_variant variant) {
  switch (variant) {
    case CK_SCALAR: return 1;
#if defined(__x86_64__)
    case CK_SSSE3: return __builtin_cpu_supports("ssse3");
    case CK_AVX2: return __builtin_cpu_supports("avx2");
#endif
#if defined(__aarch64__)
    case CK_NEON: return 1;
#endif
    default: return 0;
  }
}

ck_variant ck_best_variant(void) {
#if defined(__aarch64__)
  return CK_NEON;
#else
  return ck_has_variant(CK_AVX2) ? CK_AVX2 : ck_has_variant(CK_SSSE3) ? CK_SSSE3 : CK_SCALAR;
#endif
}

size_t ck_scan(const ck_literal_set *set, ck_variant variant, const uint8_t *data, size_t length,
               size_t from, ck_hit *hits, size_t capacity, size_t *resume) {
  // Room for the longest chain at every byte of one vector, so that a vector is never left half done.
  size_t room = 32 * (size_t)set->most;
  if (room > capacity / 2) room = capacity / 2;
  switch (variant) {
#if defined(__x86_64__)
    case CK_AVX2: return scan_avx2(set, data, length, from, hits, capacity, room, resume);
    case CK_SSSE3: return scan_ssse3(set, data, length, from, hits, capacity, room, resume);
#endif
#if defined(__aarch64__)
    case CK_NEON: return scan_neon(set, data, length, from, hits, capacity, room, resume);
#endif
    default: return scan_scalar(set, data, length, from, hits, 0, capacity, room, resume);
  }
}

size_t ck_count_newlines(const uint8_t *data, size_t length) {
  size_t n = 0, i = 0;
#if defined(__SSE2__)
  const __m128i nl = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
  while (i + 16 <= length) {
    __m128i sum = zero;
    size_t rounds = (length - i) / 16;
    if (rounds > 255) rounds = 255;
    for (size_t r = 0; r < rounds; r++, i += 16)
      sum = _mm_sub_epi8(sum, _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(data + i)), nl));
    __m128i total = _mm_sad_epu8(sum, zero);
    n += (size_t)_mm_cvtsi128_si64(total) + (size_t)_mm_cvtsi128_si64(_mm_srli_si128(total, 8));
  }
#elif defined(__aarch64__)
  for (; i + 16 <= length; i += 16)
    n += vaddvq_u8(vandq_u8(vceqq_u8(vld1q_u8(data + i), vdupq_n_u8('\n')), vdupq_n_u8(1)));
#endif
  for (; i < length; i++) n += data[i] == '\n';
  return n;
}

size_t ck_find(const uint8_t *data, size_t from, size_t length, const uint8_t *needle, size_t needle_length) {
  if (from >= length) return length;
  const void *p = memmem(data + from, length - from, needle, needle_length);
  return p ? (size_t)((const uint8_t *)p - data) : length;
}
