#include "sim/result_io.h"

#include <cstring>
#include <type_traits>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

class Writer {
 public:
  template <class T>
  void operator()(const T& value) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
    } else {
      put(value);
    }
  }
  std::string bytes;

 private:
  template <class T>
  void put_block(const T* data, std::size_t count) {
    (*this)(static_cast<std::uint64_t>(count));
    bytes.append(reinterpret_cast<const char*>(data), count * sizeof(T));
  }
  void put(const std::string& text) { put_block(text.data(), text.size()); }
  template <class T>
  void put(const std::vector<T>& items) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      put_block(items.data(), items.size());
    } else {
      (*this)(static_cast<std::uint64_t>(items.size()));
      for (const T& item : items) (*this)(item);
    }
  }
  template <class K, class V>
  void put(const std::map<K, V>& items) {
    (*this)(static_cast<std::uint64_t>(items.size()));
    for (const auto& [key, value] : items) {
      (*this)(key);
      (*this)(value);
    }
  }
  void put(const RaceReport& r);
  void put(const PathStep& s);
  void put(const Program& p);
  void put(const Segment& s);
  void put(const Buffer& b);
  void put(const RunOptions& o);
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <class T>
  void operator()(T& value) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      std::memcpy(&value, take(sizeof(T)), sizeof(T));
    } else {
      get(value);
    }
  }
  bool at_end() const { return rest_.empty(); }

 private:
  const char* take(std::size_t size) {
    if (size > rest_.size())
      throw InfrastructureError("the process of a run sent an incomplete result");
    const char* data = rest_.data();
    rest_.remove_prefix(size);
    return data;
  }
  /// Number of items that follow, each of at least `item_bytes`.
  std::size_t count(std::size_t item_bytes) {
    std::uint64_t n = 0;
    (*this)(n);
    if (n > rest_.size() / item_bytes) {
      throw InfrastructureError("the process of a run sent an incomplete result");
    }
    return static_cast<std::size_t>(n);
  }
  void get(std::string& text) {
    const std::size_t n = count(1);
    text.assign(take(n), n);
  }
  template <class T>
  void get(std::vector<T>& items) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      const std::size_t n = count(sizeof(T));
      items.resize(n);
      const char* data = take(n * sizeof(T));
      if (n > 0) std::memcpy(items.data(), data, n * sizeof(T));
    } else {
      items.resize(count(1));
      for (T& item : items) (*this)(item);
    }
  }
  template <class K, class V>
  void get(std::map<K, V>& items) {
    for (std::size_t n = count(1); n > 0; --n) {
      K key{};
      (*this)(key);
      (*this)(items[key]);
    }
  }
  void get(RaceReport& r);
  void get(PathStep& s);
  void get(Program& p);
  void get(Segment& s);
  void get(Buffer& b);
  void get(RunOptions& o);

  std::string_view rest_;
};

// One list of members for both directions: the result for the writer is const.
template <class Archive, class Report>
void members_of_race(Archive& a, Report& r) {
  a(r.pc_first), a(r.pc_second), a(r.seq_first), a(r.seq_second), a(r.memory), a(r.address);
  a(r.size_bytes), a(r.message);
}
template <class Archive, class Step>
void members_of_step(Archive& a, Step& s) {
  a(s.unit), a(s.pc), a(s.what), a(s.because), a(s.from), a(s.to);
}
template <class Archive, class Result>
void members_of_result(Archive& a, Result& r) {
  a(r.outcome), a(r.exit_code), a(r.cycles), a(r.instructions), a(r.message), a(r.trap_cause);
  a(r.pc), a(r.fault_address), a(r.diverged_at), a(r.printed), a(r.buffers), a(r.signature),
      a(r.memories), a(r.units), a(r.dram);
  a(r.races), a(r.trace), a(r.critical_path), a(r.pc_cycles);
}
template <class Archive, class Segment>
void members_of_segment(Archive& a, Segment& s) {
  a(s.address), a(s.bytes), a(s.size_bytes), a(s.writable), a(s.executable);
}
template <class Archive, class Program>
void members_of_program(Archive& a, Program& p) {
  a(p.segments), a(p.entry), a(p.symbols);
}
template <class Archive, class Buffer>
void members_of_buffer(Archive& a, Buffer& b) {
  a(b.name), a(b.address), a(b.bytes), a(b.readable), a(b.writable);
}
template <class Archive, class Options>
void members_of_options(Archive& a, Options& o) {
  a(o.backend), a(o.wave), a(o.wave_from), a(o.wave_to), a(o.keep_memories), a(o.cycle_limit);
  a(o.instruction_limit), a(o.poison_seed), a(o.commit_trace), a(o.race_check), a(o.critical_path);
  a(o.source_profile), a(o.print_limit_bytes);
}

void Writer::put(const RaceReport& r) { members_of_race(*this, r); }
void Writer::put(const PathStep& s) { members_of_step(*this, s); }
void Reader::get(RaceReport& r) { members_of_race(*this, r); }
void Reader::get(PathStep& s) { members_of_step(*this, s); }
void Writer::put(const Program& p) { members_of_program(*this, p); }
void Writer::put(const Segment& s) { members_of_segment(*this, s); }
void Writer::put(const Buffer& b) { members_of_buffer(*this, b); }
void Writer::put(const RunOptions& o) { members_of_options(*this, o); }
void Reader::get(Program& p) { members_of_program(*this, p); }
void Reader::get(Segment& s) { members_of_segment(*this, s); }
void Reader::get(Buffer& b) { members_of_buffer(*this, b); }
void Reader::get(RunOptions& o) { members_of_options(*this, o); }

}  // namespace

std::string to_bytes(const RunResult& result) {
  std::size_t size = 4096;  // everything but the buffers, roughly
  for (const auto& [name, bytes] : result.buffers) size += name.size() + bytes.size();
  Writer writer;
  writer.bytes.reserve(size);
  members_of_result(writer, result);
  return std::move(writer.bytes);
}

RunResult from_bytes(std::string_view bytes) {
  Reader reader(bytes);
  RunResult result;
  members_of_result(reader, result);
  if (!reader.at_end()) throw InfrastructureError("the process of a run sent more than a result");
  return result;
}

std::string to_bytes(const Program& program, const std::vector<Buffer>& buffers,
                     const RunOptions& options) {
  std::size_t size = 4096;  // names and numbers, roughly
  for (const Segment& segment : program.segments) size += segment.bytes.size();
  for (const Buffer& buffer : buffers) size += buffer.bytes.size();
  Writer writer;
  writer.bytes.reserve(size);
  writer(program), writer(buffers), writer(options);
  return std::move(writer.bytes);
}

RunInput input_from_bytes(std::string_view bytes) {
  Reader reader(bytes);
  RunInput input;
  reader(input.program), reader(input.buffers), reader(input.options);
  CF_CHECK(reader.at_end(), "more than the input of a run");
  return input;
}

}  // namespace coldforge::sim
