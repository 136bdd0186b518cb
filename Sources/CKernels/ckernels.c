#define _GNU_SOURCE
#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// At every second byte the hash of the four bytes there is looked up in a table of 32 KiB, which stays in
// the first cache. A literal set of this program has a thousand literals and more; so many fill the
// nibble tables of Teddy (Hyperscan's matcher for few literals): every second byte passed them.
//
// Two bits of one word decide (a Bloom filter within a word), so that a lookup is one load.

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

// The first `size` bytes at `at`, at most eight, zeros past the end. A constant `size` makes it one load.
static inline __attribute__((always_inline)) uint64_t bytes_at(const uint8_t *data, size_t length, size_t at,
                                                               size_t size) {
  uint64_t bytes = 0;
  if (at + size <= length)
    memcpy(&bytes, data + at, size);
  else
    memcpy(&bytes, data + at, length - at);
  return bytes;
}

static inline int is_alphanumeric(uint8_t c) { return (uint8_t)(c - '0') < 10 || (uint8_t)((c | 0x20) - 'a') < 26; }

// Whether a word may start there: behind anything but a letter or digit, or behind an escape.
static inline int may_start(const uint8_t *data, size_t start) {
  return start == 0 || !is_alphanumeric(data[start - 1]) || (start >= 2 && data[start - 2] == '\\') ||
         (start >= 3 && data[start - 3] == '%') || (start >= 6 && data[start - 6] == '\\');
}

// Adds the literal, whose first eight bytes stand at `start`, to the hits if the rest does too, and keeps
// the hits ordered by position.
static inline size_t add(const ck_literal *l, const uint8_t *data, size_t length, size_t start, ck_hit *hits,
                         size_t count, size_t capacity) {
  if (l->starts_word && !may_start(data, start)) return count;
  if (l->length > length - start || (l->is_long && !equal_at(l, data + start))) return count;
  if (count == capacity) return count;  // cannot happen: callers leave room for a full chunk
  size_t j = count++;
  while (j > 0 && hits[j - 1].position > start) {
    hits[j] = hits[j - 1];
    j--;
  }
  hits[j].position = (uint32_t)start;
  hits[j].literal = l->id;
  return count;
}

static inline int is_gram(const ck_literal_set *set, uint32_t gram) {
  uint32_t mask = ck_gram_mask(gram, set->gram_bits);
  return (set->grams[ck_gram_word(gram, set->gram_bits)] & mask) == mask;
}

static inline int is_pair(const ck_literal_set *set, uint8_t a, uint8_t b) {
  if (set->pairs > CK_PAIRS_MAX) return 1;
  for (uint32_t k = 0; k < set->pairs; k++)
    if ((a | 0x20) == set->pair[k][0] && (!set->pair[k][1] || (b | 0x20) == set->pair[k][1])) return 1;
  return 0;
}

// The places that pass are first written down for a whole chunk, then the literals that may stand at each,
// then those of them that agree in their first eight bytes, and only those few are compared to the end. Each
// of these steps is a loop that takes the same way for every entry: one step that did it all for place after
// place spends its time on wrong guesses of where it goes on.
#define CANDIDATES 512

typedef struct {
  uint32_t start;
  uint32_t literal;
} candidate;

// Adds the candidates that stand in the text, in their order, to the hits.
static size_t compare(const ck_literal_set *set, const uint8_t *data, size_t length, const candidate *all, uint32_t n,
                      ck_hit *hits, size_t count, size_t capacity) {
  uint16_t agree[CANDIDATES];
  uint32_t agreeing = 0;
  for (uint32_t k = 0; k < n; k++) {
    const ck_literal *l = &set->literals[all[k].literal];
    size_t start = all[k].start;
    agree[agreeing] = (uint16_t)k;
    if (start + 8 <= length)
      agreeing += ((bytes_at(data, length, start, 8) | l->fold) & l->mask) == l->value;
    else if (start < length)  // It may have wrapped below 0.
      agreeing += ((bytes_at(data, length, start, length - start) | l->fold) & l->mask) == l->value;
  }
  for (uint32_t k = 0; k < agreeing; k++) {
    const candidate *c = &all[agree[k]];
    count = add(&set->literals[c->literal], data, length, c->start, hits, count, capacity);
  }
  return count;
}

// Compares the literals whose window or pair of bytes may stand at `places`, each twice the place behind
// `from`, 1 more for a pair.
static size_t look(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from, const uint16_t *places,
                   uint32_t n, ck_hit *hits, size_t count, size_t capacity) {
  candidate all[CANDIDATES];
  uint32_t filled = 0;
  for (uint32_t k = 0; k < n; k++) {
    uint32_t at = (uint32_t)from + places[k] / 2;
    int is_pair = places[k] & 1;
    uint32_t c = is_pair ? 0 : ck_chain(ck_gram((uint32_t)bytes_at(data, length, at, 4)));
    const ck_member *m = set->chained + set->chain[c];
    uint32_t left = is_pair ? set->briefs : set->chain[c + 1] - set->chain[c];
    if (filled + CK_AT_ONCE > CANDIDATES) {
      count = compare(set, data, length, all, filled, hits, count, capacity);
      filled = 0;
    }
    if (!is_pair && left <= CK_AT_ONCE) {
      for (uint32_t i = 0; i < CK_AT_ONCE; i++)
        all[filled + i] = (candidate){at - (uint32_t)(int32_t)m[i].window, m[i].literal};
      filled += left;
      continue;
    }
    for (uint32_t i = 0; i < left; i++) {
      if (filled == CANDIDATES) {
        count = compare(set, data, length, all, filled, hits, count, capacity);
        filled = 0;
      }
      all[filled++] = is_pair ? (candidate){at, set->brief[i]}
                              : (candidate){at - (uint32_t)(int32_t)m[i].window, m[i].literal};
    }
  }
  return compare(set, data, length, all, filled, hits, count, capacity);
}

static size_t scan_scalar(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                          ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  size_t i = from, count = 0;
  for (; i < length && capacity - count >= room; i += CK_STRIDE) {
    uint32_t four = (uint32_t)bytes_at(data, length, i, 4);
    uint16_t at[1 + CK_STRIDE];
    uint32_t places = 0;
    if (is_gram(set, ck_gram(four))) at[places++] = 0;
    for (uint32_t k = 0; set->pairs && k < CK_STRIDE && i + k < length; k++)
      if (is_pair(set, data[i + k], i + k + 1 < length ? data[i + k + 1] : 0)) at[places++] = (uint16_t)(2 * k + 1);
    if (places) count = look(set, data, length, i, at, places, hits, count, capacity);
  }
  *resume = i < length ? i : length;
  return count;
}

// The vector variants find out for BLOCK bytes at a time where a window may stand (a bit for every second
// byte) and where a pair does (a bit for every byte).
#define BLOCK 64
// Bytes that a block may read: its last vector begins 8 bytes before its end.
#define BLOCK_READS (BLOCK + 8)

typedef struct {
  uint32_t grams;
  uint64_t pairs;
} block_mask;

// Writes the places of a block in their order to `at`: twice the place, 1 more for a pair.
static inline uint32_t note_places(block_mask m, uint32_t place, uint16_t *at) {
  uint32_t g = m.grams, n = (uint32_t)__builtin_popcount(g);
  if (!m.pairs) {
    // Three are always written: how many there are is a guess that often fails.
    for (uint32_t k = 0; k < 3; k++, g &= g - 1)
      at[k] = (uint16_t)(2 * (place + CK_STRIDE * (uint32_t)__builtin_ctz(g | 0x80000000u)));
    for (uint32_t k = 3; k < n; k++, g &= g - 1) at[k] = (uint16_t)(2 * (place + CK_STRIDE * (uint32_t)__builtin_ctz(g)));
    return n;
  }
  n = 0;
  for (uint64_t w = m.pairs; g || w;) {
    uint32_t gram = g ? CK_STRIDE * (uint32_t)__builtin_ctz(g) : BLOCK, pair = w ? (uint32_t)__builtin_ctzll(w) : BLOCK;
    if (gram <= pair) {
      at[n++] = (uint16_t)(2 * (place + gram));
      g &= g - 1;
    } else {
      at[n++] = (uint16_t)(2 * (place + pair) + 1);
      w &= w - 1;
    }
  }
  return n;
}

// The body of a vector variant, whose MASKS computes the masks of the block at a pointer. What is left
// at the end is copied, so that a block never reads beyond the data.
#define SCAN_BY_BLOCKS(MASKS)                                                                        \
  uint16_t at[CK_CHUNK + CK_CHUNK / CK_STRIDE + 3];                                                  \
  size_t i = from, count = 0;                                                                        \
  for (; i < length && capacity - count >= room; i += CK_CHUNK) {                                    \
    uint32_t places = 0;                                                                             \
    for (uint32_t b = 0; b < CK_CHUNK && i + b < length; b += BLOCK) {                               \
      uint8_t rest[BLOCK_READS];                                                                     \
      const uint8_t *p = data + i + b;                                                               \
      size_t left = length - i - b;                                                                  \
      if (left < BLOCK_READS) {                                                                      \
        memset(rest, 0, sizeof rest);                                                                \
        memcpy(rest, p, left);                                                                       \
        p = rest;                                                                                    \
      }                                                                                              \
      block_mask m = MASKS(set, p);                                                                  \
      if (left < BLOCK) {                                                                            \
        m.grams &= (uint32_t)((1ull << (left + 1) / CK_STRIDE) - 1);                                 \
        m.pairs &= (1ull << left) - 1;                                                               \
      }                                                                                              \
      places += note_places(m, b, at + places);                                                      \
    }                                                                                                \
    count = look(set, data, length, i, at, places, hits, count, capacity);                           \
  }                                                                                                  \
  *resume = i < length ? i : length;                                                                 \
  return count;

#if defined(__x86_64__)
__attribute__((target("avx2")))
static inline block_mask masks_avx2(const ck_literal_set *set, const uint8_t *p) {
  const __m256i mask = _mm256_set1_epi32(CK_GRAM_MASK), factor = _mm256_set1_epi32((int)0x9E3779B1u);
  const __m256i last = _mm256_set1_epi32(31);
  const __m256i windows = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9));
  const __m128i word = _mm_cvtsi32_si128((int)(32 - set->gram_bits));
  const __m128i one = _mm_cvtsi32_si128((int)(27 - set->gram_bits)), two = _mm_cvtsi32_si128((int)(22 - set->gram_bits));
  block_mask found = {0, 0};
#pragma clang loop unroll(full)
  for (int k = 0; k < BLOCK; k += 16) {
    __m256i v = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(p + k))),
                                        _mm_loadu_si128((const __m128i *)(p + k + 8)), 1);
    __m256i h = _mm256_mullo_epi32(_mm256_and_si256(_mm256_shuffle_epi8(v, windows), mask), factor);
    __m256i w = _mm256_i32gather_epi32((const int *)set->grams, _mm256_srl_epi32(h, word), 4);
    __m256i a = _mm256_sllv_epi32(w, _mm256_and_si256(_mm256_srl_epi32(h, one), last));
    __m256i b = _mm256_sllv_epi32(w, _mm256_and_si256(_mm256_srl_epi32(h, two), last));
    found.grams |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_and_si256(a, b))) << (k / CK_STRIDE);
  }
  if (set->pairs > CK_PAIRS_MAX) {
    found.pairs = UINT64_MAX;
  } else if (set->pairs) {
    const __m256i fold = _mm256_set1_epi8(0x20);
#pragma clang loop unroll(full)
    for (int k = 0; k < BLOCK; k += 32) {
      __m256i a = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(p + k)), fold);
      __m256i b = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(p + k + 1)), fold);
      uint32_t pairs = 0;
      for (uint32_t n = 0; n < set->pairs; n++) {
        __m256i m = _mm256_cmpeq_epi8(a, _mm256_set1_epi8((char)set->pair[n][0]));
        if (set->pair[n][1]) m = _mm256_and_si256(m, _mm256_cmpeq_epi8(b, _mm256_set1_epi8((char)set->pair[n][1])));
        pairs |= (uint32_t)_mm256_movemask_epi8(m);
      }
      found.pairs |= (uint64_t)pairs << k;
    }
  }
  return found;
}

__attribute__((target("avx2,bmi,popcnt")))
static size_t scan_avx2(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                        ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  SCAN_BY_BLOCKS(masks_avx2)
}

__attribute__((target("ssse3")))
static inline block_mask masks_ssse3(const ck_literal_set *set, const uint8_t *p) {
  const __m128i mask = _mm_set1_epi32(CK_GRAM_MASK), factor = _mm_set1_epi32((int)0x9E3779B1u);
  const __m128i windows = _mm_setr_epi8(0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9), fold = _mm_set1_epi8(0x20);
  block_mask found = {0, 0};
  for (int k = 0; k < BLOCK; k += 8) {
    __m128i v = _mm_and_si128(_mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p + k)), windows), mask);
    uint32_t h[4], i[4];  // Products of the even and of the odd lanes: SSSE3 multiplies two at a time.
    _mm_storeu_si128((__m128i *)h, _mm_mul_epu32(v, factor));
    _mm_storeu_si128((__m128i *)i, _mm_mul_epu32(_mm_srli_epi64(v, 32), factor));
    for (int j = 0; j < 4; j++) found.grams |= (uint32_t)is_gram(set, j & 1 ? i[j - 1] : h[j]) << (k / CK_STRIDE + j);
  }
  if (set->pairs > CK_PAIRS_MAX) {
    found.pairs = UINT64_MAX;
  } else {
    for (uint32_t n = 0; n < set->pairs; n++)
      for (int k = 0; k < BLOCK; k += 16) {
        __m128i a = _mm_or_si128(_mm_loadu_si128((const __m128i *)(p + k)), fold);
        __m128i b = _mm_or_si128(_mm_loadu_si128((const __m128i *)(p + k + 1)), fold);
        __m128i m = _mm_cmpeq_epi8(a, _mm_set1_epi8((char)set->pair[n][0]));
        if (set->pair[n][1]) m = _mm_and_si128(m, _mm_cmpeq_epi8(b, _mm_set1_epi8((char)set->pair[n][1])));
        found.pairs |= (uint64_t)(uint32_t)_mm_movemask_epi8(m) << k;
      }
  }
  return found;
}

__attribute__((target("ssse3")))
static size_t scan_ssse3(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                         ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  SCAN_BY_BLOCKS(masks_ssse3)
}
#endif

#if defined(__aarch64__)
static inline block_mask masks_neon(const ck_literal_set *set, const uint8_t *p) {
  static const uint8_t order[16] = {0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9};
  const uint8x16_t windows = vld1q_u8(order);
  const uint32x4_t mask = vdupq_n_u32(CK_GRAM_MASK);
  block_mask found = {0, 0};
  for (int k = 0; k < BLOCK; k += 8) {
    uint32_t h[4];
    vst1q_u32(h, vmulq_n_u32(vandq_u32(vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(p + k), windows)), mask), 0x9E3779B1u));
    for (int j = 0; j < 4; j++) found.grams |= (uint32_t)is_gram(set, h[j]) << (k / CK_STRIDE + j);
  }
  if (set->pairs)
    for (int j = 0; j < BLOCK; j++) found.pairs |= (uint64_t)is_pair(set, p[j], p[j + 1]) << j;
  return found;
}

static size_t scan_neon(const ck_literal_set *set, const uint8_t *data, size_t length, size_t from,
                        ck_hit *hits, size_t capacity, size_t room, size_t *resume) {
  SCAN_BY_BLOCKS(masks_neon)
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
  // Room for every literal at every place of one chunk, so that a chunk is never left half done.
  size_t room = CK_CHUNK * ((size_t)set->most + set->briefs);
  if (room > capacity / 2) room = capacity / 2;
  switch (variant) {
#if defined(__x86_64__)
    case CK_AVX2: return scan_avx2(set, data, length, from, hits, capacity, room, resume);
    case CK_SSSE3: return scan_ssse3(set, data, length, from, hits, capacity, room, resume);
#endif
#if defined(__aarch64__)
    case CK_NEON: return scan_neon(set, data, length, from, hits, capacity, room, resume);
#endif
    default: return scan_scalar(set, data, length, from, hits, capacity, room, resume);
  }
}

static size_t find_window_scalar(const uint32_t *words, uint32_t seed, const uint8_t *data, size_t from, size_t length) {
  for (size_t i = from; i + 4 <= length; i += CK_WINDOW_STRIDE) {
    uint32_t four;
    memcpy(&four, data + i, 4);
    uint32_t window = ck_window(four, seed), mask = ck_window_mask(window);
    if ((words[ck_window_word(window)] & mask) == mask) return i;
  }
  return length;
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi")))
static size_t find_window_avx2(const uint32_t *words, uint32_t seed, const uint8_t *data, size_t from, size_t length) {
  const __m256i factor = _mm256_set1_epi32((int)0x9E3779B1u), seeds = _mm256_set1_epi32((int)seed);
  const __m256i last = _mm256_set1_epi32(31);
  size_t i = from;
  for (; i + 64 <= length; i += 64) {
    __m256 a = _mm256_castsi256_ps(_mm256_loadu_si256((const __m256i *)(data + i)));
    __m256 b = _mm256_castsi256_ps(_mm256_loadu_si256((const __m256i *)(data + i + 32)));
    // Every second word of the 64 bytes; the permutation restores their order.
    __m256i four = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), 0xD8);
    __m256i h = _mm256_mullo_epi32(_mm256_xor_si256(four, seeds), factor);
    __m256i w = _mm256_i32gather_epi32((const int *)words, _mm256_srli_epi32(h, 22), 4);
    __m256i one = _mm256_sllv_epi32(w, _mm256_and_si256(_mm256_srli_epi32(h, 17), last));
    __m256i two = _mm256_sllv_epi32(w, _mm256_and_si256(_mm256_srli_epi32(h, 12), last));
    __m256i three = _mm256_sllv_epi32(w, _mm256_and_si256(_mm256_srli_epi32(h, 7), last));
    __m256i all = _mm256_and_si256(_mm256_and_si256(one, two), three);
    unsigned m = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(all));
    if (m) return i + CK_WINDOW_STRIDE * (size_t)__builtin_ctz(m);
  }
  return find_window_scalar(words, seed, data, i, length);
}
#endif

size_t ck_find_window(ck_variant variant, const uint32_t *words, uint32_t seed, const uint8_t *data, size_t from,
                      size_t length) {
#if defined(__x86_64__)
  if (variant == CK_AVX2) return find_window_avx2(words, seed, data, from, length);
#endif
  return find_window_scalar(words, seed, data, from, length);
}

size_t ck_find_word(const uint32_t *words, size_t from, size_t count, uint32_t word) {
  size_t i = from;
#if defined(__SSE2__)
  const __m128i x = _mm_set1_epi32((int)word);
  for (; i + 8 <= count; i += 8) {
    __m128i a = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(words + i)), x);
    __m128i b = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(words + i + 4)), x);
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_packs_epi32(a, b));
    if (m) return i + (size_t)__builtin_ctz(m) / 2;
  }
#endif
  while (i < count && words[i] != word) i++;
  return i;
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
  if (needle_length == 0 || length < needle_length) return length;
  size_t i = from, last = length - needle_length;
#if defined(__SSE2__)
  // First and last byte at 16 places at a time.
  const __m128i head = _mm_set1_epi8((char)needle[0]), tail = _mm_set1_epi8((char)needle[needle_length - 1]);
  const size_t width = 16 + needle_length - 1;
  while (i + width <= length) {
    __m128i a = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(data + i)), head);
    __m128i b = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(data + i + needle_length - 1)), tail);
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_and_si128(a, b));
    for (; m; m &= m - 1) {
      size_t at = i + (size_t)__builtin_ctz(m);
      if (memcmp(data + at, needle, needle_length) == 0) return at;
    }
    i += 16;
  }
#endif
  for (; i <= last; i++)
    if (data[i] == needle[0] && memcmp(data + i, needle, needle_length) == 0) return i;
  return length;
}

ck_kinds ck_count_kinds(const uint8_t *data, size_t length) {
  ck_kinds kinds = {0, 0, 0};
  for (size_t i = 0; i < length; i++) {
    kinds.digits += (uint8_t)(data[i] - '0') < 10;
    kinds.uppers += (uint8_t)(data[i] - 'A') < 26;
    kinds.lowers += (uint8_t)(data[i] - 'a') < 26;
  }
  return kinds;
}

static inline size_t skip_blanks(const uint8_t *data, size_t i, size_t end) {
  while (i < end && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r')) i++;
  return i;
}

// Where the string that opens at `i` ends, behind its quote; `end` + 1 if it does not.
static inline size_t skip_string(const uint8_t *data, size_t i, size_t end) {
  i++;
  while (1) {
    i = ck_next_quote_or_backslash(data, i, end, end, '"');
    if (i >= end) return end + 1;
    if (data[i] == '"') return i + 1;
    i += 2;
  }
}

int ck_is_structure(const uint8_t *data, size_t from, size_t end) {
  uint64_t objects = 0;  // Bit n: level n is an object.
  unsigned level = 0;
  size_t i = skip_blanks(data, from, end);
  if (i >= end || (data[i] != '{' && data[i] != '[')) return 0;
  while (1) {
    // A value.
    uint8_t c = data[i];
    int wants_key = 0;
    if (c == '"') {
      i = skip_string(data, i, end);
    } else if (c == '{' || c == '[') {
      if (level == 64) return 0;
      objects = c == '{' ? objects | 1ull << level : objects & ~(1ull << level);
      level++;
      i = skip_blanks(data, i + 1, end);
      if (i >= end) return 0;
      if (data[i] != (c == '{' ? '}' : ']')) {
        if (c == '[') continue;
        wants_key = 1;
      }
    } else {
      size_t start = i;
      while (i < end && (is_alphanumeric(data[i]) || data[i] == '-' || data[i] == '+' || data[i] == '.')) i++;
      if (i == start) return 0;
    }
    // What ends it, and the key of the next one.
    while (!wants_key) {
      i = skip_blanks(data, i, end);
      if (i >= end) return 0;
      int is_object = objects >> (level - 1) & 1;
      if (data[i] == ',') {
        i = skip_blanks(data, i + 1, end);
        if (i >= end) return 0;
        if (!is_object) break;
        wants_key = 1;
      } else if (data[i] == (is_object ? '}' : ']')) {
        i++;
        if (--level == 0) return skip_blanks(data, i, end) == end;
      } else {
        return 0;
      }
    }
    if (!wants_key) continue;
    if (data[i] != '"') return 0;
    i = skip_string(data, i, end);
    if (i >= end) return 0;
    i = skip_blanks(data, i, end);
    if (i >= end || data[i] != ':') return 0;
    i = skip_blanks(data, i + 1, end);
    if (i >= end) return 0;
  }
}

static int equal_folded(const uint8_t *p, const uint8_t *needle, size_t length) {
  for (size_t k = 0; k < length; k++) {
    uint8_t c = p[k];
    if (c >= 'A' && c <= 'Z') c |= 0x20;
    if (c != needle[k]) return 0;
  }
  return 1;
}

#if defined(__x86_64__)
// First and last byte at 32 places at a time, from `*at` on while so many are left; `*at` is moved behind them.
__attribute__((target("avx2,bmi")))
static int find_folded_avx2(const uint8_t *data, size_t *at, size_t length, const uint8_t *needle, size_t needle_length) {
  const __m256i fold = _mm256_set1_epi8(0x20);
  const __m256i head = _mm256_set1_epi8((char)(needle[0] | 0x20));
  const __m256i tail = _mm256_set1_epi8((char)(needle[needle_length - 1] | 0x20));
  size_t i = *at;
  for (; i + 32 + needle_length - 1 <= length; i += 32) {
    __m256i a = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(data + i)), fold);
    __m256i b = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(data + i + needle_length - 1)), fold);
    __m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(a, head), _mm256_cmpeq_epi8(b, tail));
    for (unsigned m = (unsigned)_mm256_movemask_epi8(both); m; m &= m - 1) {
      *at = i + (size_t)__builtin_ctz(m);
      if (equal_folded(data + *at, needle, needle_length)) return 1;
    }
  }
  *at = i;
  return 0;
}
#endif

size_t ck_find_folded(ck_variant variant, const uint8_t *data, size_t from, size_t length, const uint8_t *needle,
                      size_t needle_length) {
  if (needle_length == 0 || length < needle_length) return length;
  size_t i = from, last = length - needle_length;
#if defined(__x86_64__)
  if (variant == CK_AVX2 && find_folded_avx2(data, &i, length, needle, needle_length)) return i;
#else
  (void)variant;
#endif
#if defined(__SSE2__)
  // First and last byte at 16 places at a time; a letter's case is the bit that is set in both.
  const __m128i fold = _mm_set1_epi8(0x20);
  const __m128i head = _mm_set1_epi8((char)(needle[0] | 0x20)), tail = _mm_set1_epi8((char)(needle[needle_length - 1] | 0x20));
  const size_t width = 16 + needle_length - 1;
  while (i + width <= length) {
    __m128i a = _mm_or_si128(_mm_loadu_si128((const __m128i *)(data + i)), fold);
    __m128i b = _mm_or_si128(_mm_loadu_si128((const __m128i *)(data + i + needle_length - 1)), fold);
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, head), _mm_cmpeq_epi8(b, tail)));
    for (; m; m &= m - 1) {
      size_t at = i + (size_t)__builtin_ctz(m);
      if (equal_folded(data + at, needle, needle_length)) return at;
    }
    if (i + width == length) return length;
    // The last 16 places overlap those before them.
    i = i + 16 + width <= length ? i + 16 : length - width;
  }
#endif
  for (; i <= last; i++)
    if (equal_folded(data + i, needle, needle_length)) return i;
  return length;
}

size_t ck_walk(const uint8_t *data, size_t from, size_t length, const uint8_t *classes, const uint16_t *rows,
               uint32_t row_bits, uint16_t end, uint16_t *state) {
  size_t i = from;
  uint16_t s = *state;
  while (i < length) {
    s = rows[((size_t)s << row_bits) | classes[data[i++]]];
    if (s >= end) break;
  }
  *state = s;
  return i;
}
