#define _GNU_SOURCE
#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// At every byte the hash of the four bytes there is looked up in a bitmap of 32 KiB, which stays in
// the first cache. A literal set of this program has a thousand literals and more; so many fill the
// nibble tables of Teddy (Hyperscan's matcher for few literals): every second byte passed them.

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

// Adds the literals among `numbers` whose window stands at `at`, keeping the buffer ordered by position.
static inline size_t compare(const ck_literal_set *set, const uint16_t *numbers, uint32_t n, const uint8_t *data,
                             size_t length, size_t at, ck_hit *hits, size_t count, size_t capacity) {
  for (uint32_t k = 0; k < n; k++) {
    const ck_literal *l = &set->literals[numbers[k]];
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
    if (count == capacity) return count;  // cannot happen: callers leave room for a full vector
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

// The four bytes at `at`, zeros past the end.
static inline uint32_t four_at(const uint8_t *data, size_t length, size_t at) {
  uint32_t four = 0;
  if (at + 4 <= length)
    memcpy(&four, data + at, 4);
  else
    memcpy(&four, data + at, length - at);
  return four;
}

static inline int is_gram(const ck_literal_set *set, uint32_t gram) { return set->grams[gram >> 5] >> (gram & 31) & 1; }

static inline int is_echo(const ck_literal_set *set, uint32_t four) {
  uint32_t echo = ck_echo(four);
  return set->echoes[echo >> 5] >> (echo & 31) & 1;
}

static inline int is_pair(const ck_literal_set *set, uint8_t a, uint8_t b) {
  if (set->pairs > CK_PAIRS_MAX) return 1;
  for (uint32_t k = 0; k < set->pairs; k++)
    if ((a | 0x20) == set->pair[k][0] && (!set->pair[k][1] || (b | 0x20) == set->pair[k][1])) return 1;
  return 0;
}

// Looks closely at the window at `at`: of literals with a window if `gram`, of brief ones if `pair`.
static __attribute__((noinline)) size_t look(const ck_literal_set *set, const uint8_t *data, size_t length, size_t at,
                                             int gram, int pair, ck_hit *hits, size_t count, size_t capacity) {
  if (gram) {
    uint32_t c = ck_chain(ck_gram(four_at(data, length, at))), from = set->chain[c];
    count = compare(set, set->chained + from, set->chain[c + 1] - from, data, length, at, hits, count, capacity);
  }
  if (pair) count = compare(set, set->brief, set->briefs, data, length, at, hits, count, capacity);
  return count;
}

static size_t scan_scalar(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                          ck_hit *hits, size_t count, size_t capacity, size_t room, size_t *resume) {
  size_t i = from;
  for (; i < length; i++) {
    if (capacity - count < room) break;
    uint32_t four = four_at(data, length, i);
    int gram = is_gram(set, ck_gram(four)) && is_echo(set, four), pair = set->pairs && is_pair(set, four & 0xff, four >> 8 & 0xff);
    if (gram | pair) count = look(set, data, length, i, gram, pair, hits, count, capacity);
  }
  *resume = i;
  return count;
}

// The vector variants compute 32 hashes at a time. `grams` and `pairs` have a bit for each byte.
#define LOOK_AT_EACH(grams, pairs)                                                                     \
  for (uint32_t found = (grams) | (pairs); found; found &= found - 1) {                                \
    unsigned j = (unsigned)__builtin_ctz(found);                                                       \
    int gram = (grams) >> j & 1 && is_echo(set, four_at(data, length, i + j)), pair = (pairs) >> j & 1; \
    if (gram | pair) count = look(set, data, length, i + j, gram, pair, hits, count, capacity);        \
  }
#define BLOCK 32
// A vector of 16 bytes is read at its last multiple of 8.
#define BLOCK_READS (BLOCK + 8)

#if defined(__x86_64__)
__attribute__((target("avx2")))
static size_t scan_avx2(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                        ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  const __m256i fold = _mm256_set1_epi8(0x20), last = _mm256_set1_epi32(31);
  const __m256i factors = _mm256_set1_epi32(CK_GRAM_HIGH << 16 | CK_GRAM_LOW);
  const __m256i range = _mm256_set1_epi32((1 << CK_GRAM_BITS) - 1);
  const __m256i windows = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6,
                                           4, 5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
  size_t i = from, count = 0;
  while (i + BLOCK_READS <= length) {
    if (capacity - count < room) {
      *resume = i;
      return count;
    }
    uint32_t grams = 0, pairs = 0;
#pragma clang loop unroll(full)
    for (int k = 0; k < BLOCK; k += 8) {
      __m256i v = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(data + i + k)));
      v = _mm256_or_si256(_mm256_shuffle_epi8(v, windows), fold);
      __m256i h = _mm256_and_si256(_mm256_srli_epi32(_mm256_madd_epi16(v, factors), CK_GRAM_SHIFT), range);
      __m256i words = _mm256_i32gather_epi32((const int *)set->grams, _mm256_srli_epi32(h, 5), 4);
      __m256i bits = _mm256_sllv_epi32(words, _mm256_andnot_si256(h, last));
      grams |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(bits)) << k;
    }
    if (set->pairs > CK_PAIRS_MAX) {
      pairs = UINT32_MAX;
    } else if (set->pairs) {
      __m256i a = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(data + i)), fold);
      __m256i b = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(data + i + 1)), fold);
      for (uint32_t k = 0; k < set->pairs; k++) {
        __m256i m = _mm256_cmpeq_epi8(a, _mm256_set1_epi8((char)set->pair[k][0]));
        if (set->pair[k][1]) m = _mm256_and_si256(m, _mm256_cmpeq_epi8(b, _mm256_set1_epi8((char)set->pair[k][1])));
        pairs |= (uint32_t)_mm256_movemask_epi8(m);
      }
    }
    LOOK_AT_EACH(grams, pairs)
    i += BLOCK;
  }
  return scan_scalar(set, data, length, i, hits, count, capacity, room, resume);
}

__attribute__((target("ssse3")))
static size_t scan_ssse3(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                         ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  const __m128i fold = _mm_set1_epi8(0x20), range = _mm_set1_epi32((1 << CK_GRAM_BITS) - 1);
  const __m128i factors = _mm_set1_epi32(CK_GRAM_HIGH << 16 | CK_GRAM_LOW);
  const __m128i windows = _mm_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6);
  size_t i = from, count = 0;
  while (i + BLOCK_READS <= length) {
    if (capacity - count < room) {
      *resume = i;
      return count;
    }
    uint32_t grams = 0, pairs = 0;
    for (int k = 0; k < BLOCK; k += 4) {
      __m128i v = _mm_loadu_si128((const __m128i *)(data + i + (k & ~7)));
      if (k & 4) v = _mm_srli_si128(v, 4);
      v = _mm_or_si128(_mm_shuffle_epi8(v, windows), fold);
      uint32_t h[4];
      _mm_storeu_si128((__m128i *)h, _mm_and_si128(_mm_srli_epi32(_mm_madd_epi16(v, factors), CK_GRAM_SHIFT), range));
      for (int j = 0; j < 4; j++) grams |= (uint32_t)is_gram(set, h[j]) << (k + j);
    }
    if (set->pairs)
      for (int j = 0; j < BLOCK; j++) pairs |= (uint32_t)is_pair(set, data[i + j], data[i + j + 1]) << j;
    LOOK_AT_EACH(grams, pairs)
    i += BLOCK;
  }
  return scan_scalar(set, data, length, i, hits, count, capacity, room, resume);
}
#endif

#if defined(__aarch64__)
static size_t scan_neon(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                        ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  static const uint8_t order[16] = {0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6};
  const uint8x16_t windows = vld1q_u8(order), fold = vdupq_n_u8(0x20);
  const int16x8_t factors = vreinterpretq_s16_u32(vdupq_n_u32(CK_GRAM_HIGH << 16 | CK_GRAM_LOW));
  const uint32x4_t range = vdupq_n_u32((1 << CK_GRAM_BITS) - 1);
  size_t i = from, count = 0;
  while (i + BLOCK_READS <= length) {
    if (capacity - count < room) {
      *resume = i;
      return count;
    }
    uint32_t grams = 0, pairs = 0;
    for (int k = 0; k < BLOCK; k += 4) {
      uint8x16_t v = vld1q_u8(data + i + (k & ~7));
      if (k & 4) v = vextq_u8(v, v, 4);
      int16x8_t w = vreinterpretq_s16_u8(vorrq_u8(vqtbl1q_u8(v, windows), fold));
      int32x4_t low = vmull_s16(vget_low_s16(w), vget_low_s16(factors)), high = vmull_high_s16(w, factors);
      uint32_t h[4];
      vst1q_u32(h, vandq_u32(vshrq_n_u32(vreinterpretq_u32_s32(vpaddq_s32(low, high)), CK_GRAM_SHIFT), range));
      for (int j = 0; j < 4; j++) grams |= (uint32_t)is_gram(set, h[j]) << (k + j);
    }
    if (set->pairs)
      for (int j = 0; j < BLOCK; j++) pairs |= (uint32_t)is_pair(set, data[i + j], data[i + j + 1]) << j;
    LOOK_AT_EACH(grams, pairs)
    i += BLOCK;
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
  // Room for every literal at every byte of one block, so that a block is never left half done.
  size_t room = BLOCK * ((size_t)set->most + set->briefs);
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

static int equal_folded(const uint8_t *p, const uint8_t *needle, size_t length) {
  for (size_t k = 0; k < length; k++) {
    uint8_t c = p[k];
    if (c >= 'A' && c <= 'Z') c |= 0x20;
    if (c != needle[k]) return 0;
  }
  return 1;
}

size_t ck_find_folded(const uint8_t *data, size_t from, size_t length, const uint8_t *needle, size_t needle_length) {
  if (needle_length == 0 || length < needle_length) return length;
  size_t i = from, last = length - needle_length;
#if defined(__SSE2__)
  // First and last byte at 16 places at a time; a letter's case is the bit that is set in both.
  const __m128i fold = _mm_set1_epi8(0x20);
  const __m128i head = _mm_set1_epi8((char)(needle[0] | 0x20)), tail = _mm_set1_epi8((char)(needle[needle_length - 1] | 0x20));
  while (i + 16 + needle_length - 1 <= length) {
    __m128i a = _mm_or_si128(_mm_loadu_si128((const __m128i *)(data + i)), fold);
    __m128i b = _mm_or_si128(_mm_loadu_si128((const __m128i *)(data + i + needle_length - 1)), fold);
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, head), _mm_cmpeq_epi8(b, tail)));
    for (; m; m &= m - 1) {
      size_t at = i + (size_t)__builtin_ctz(m);
      if (equal_folded(data + at, needle, needle_length)) return at;
    }
    i += 16;
  }
#endif
  for (; i <= last; i++)
    if (equal_folded(data + i, needle, needle_length)) return i;
  return length;
}
