#include "core/files/zip.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>
#include <optional>

#include "core/files/byte_reader.h"
#include "core/files/error.h"
#include "core/files/printable.h"

namespace fusionscope::files {

namespace {

constexpr uint32_t localMark = 0x04034b50, directoryMark = 0x02014b50, endMark = 0x06054b50;
constexpr uint32_t end64Mark = 0x06064b50, locator64Mark = 0x07064b50;
constexpr std::size_t localSize = 30, directoryEntrySize = 46, endSize = 22, locatorSize = 20;
constexpr uint16_t zip64Field = 1;
constexpr uint16_t encrypted = 1;
constexpr uint32_t seeZip64 = std::numeric_limits<uint32_t>::max();

struct Directory {
    uint64_t entries, size, offset;
};

/// Bytes from the start of the file to the end record, which a comment of up to 65,535 bytes may follow.
std::optional<std::size_t> findEnd(const MappedFile& file) {
    const std::size_t total = file.bytes().size();
    if (total < endSize) return std::nullopt;
    const std::size_t first = total - std::min<std::size_t>(total, endSize + 65535);
    for (std::size_t at = total - endSize + 1; at-- > first;) {
        ByteReader reader(file.bytes().subspan(at), file.where());
        if (reader.read<uint32_t>() != endMark) continue;
        reader.moveTo(20);
        if (reader.read<uint16_t>() == total - endSize - at) return at;
    }
    return std::nullopt;
}

Directory readDirectory64(ByteReader& reader, std::size_t end) {
    reader.moveTo(end - locatorSize + 8);
    reader.moveTo(reader.read<uint64_t>());
    if (reader.read<uint32_t>() != end64Mark) reader.refuse("zip64 end record is not where it should be");
    reader.take(28);  // its size, versions, disks, entries on this disk
    Directory directory{};
    directory.entries = reader.read<uint64_t>();
    directory.size = reader.read<uint64_t>();
    directory.offset = reader.read<uint64_t>();
    return directory;
}

Directory readDirectory(ByteReader& reader, std::size_t end) {
    if (end >= locatorSize) {
        reader.moveTo(end - locatorSize);
        if (reader.read<uint32_t>() == locator64Mark) return readDirectory64(reader, end);
    }
    reader.moveTo(end + 4);
    if (reader.read<uint16_t>() != 0) reader.refuse("is one part of a split zip archive");
    reader.take(4);
    Directory directory{};
    directory.entries = reader.read<uint16_t>();
    directory.size = reader.read<uint32_t>();
    directory.offset = reader.read<uint32_t>();
    return directory;
}

struct Member {
    std::string name;
    uint64_t size, offset;
};

/// Replaces the values that the directory leaves to the zip64 extra field.
void readExtra(ByteReader extra, std::array<uint64_t*, 3> values) {
    while (extra.remaining() >= 4) {
        const auto id = extra.read<uint16_t>();
        const auto size = extra.read<uint16_t>();
        ByteReader field = extra;
        extra.take(size);
        if (id != zip64Field) continue;
        for (auto* value : values)
            if (*value == seeZip64) *value = field.read<uint64_t>();
    }
}

Member readMember(ByteReader& reader, const std::string& where) {
    if (reader.read<uint32_t>() != directoryMark) reader.refuse("zip directory is damaged");
    reader.take(4);
    const auto flags = reader.read<uint16_t>();
    const auto method = reader.read<uint16_t>();
    reader.take(8);  // time, date, checksum
    uint64_t stored = reader.read<uint32_t>();
    Member member;
    member.size = reader.read<uint32_t>();
    const auto nameLength = reader.read<uint16_t>();
    const auto extraLength = reader.read<uint16_t>();
    const auto commentLength = reader.read<uint16_t>();
    reader.take(8);  // disk, attributes
    member.offset = reader.read<uint32_t>();
    member.name = reader.takeText(nameLength);
    readExtra(ByteReader(reader.take(extraLength), where), {&member.size, &stored, &member.offset});
    reader.take(commentLength);
    if (flags & encrypted) reader.refuse("zip entry " + inQuotes(member.name) + " is encrypted");
    if (method != 0 || stored != member.size)
        reader.refuse("zip entry " + inQuotes(member.name) + " is compressed, expected stored bytes",
                      "PyTorch never compresses its files; this one was packed by another program.");
    return member;
}

/// The bytes of a member, behind its local header, which must agree on the name.
std::span<const std::byte> locate(ByteReader& reader, const Member& member) {
    reader.moveTo(member.offset);
    if (reader.read<uint32_t>() != localMark) reader.refuse("zip entry " + inQuotes(member.name) + " has no local header");
    reader.take(22);
    const auto nameLength = reader.read<uint16_t>();
    const auto extraLength = reader.read<uint16_t>();
    if (reader.takeText(nameLength) != member.name)
        reader.refuse("zip entry " + inQuotes(member.name) + " has another name in its local header");
    reader.take(extraLength);
    return reader.take(member.size);
}

/// The checksum of zip and PNG (reflected polynomial 0xEDB88320).
uint32_t extendCrc(uint32_t crc, std::span<const std::byte> bytes) {
    static const auto table = [] {
        std::array<uint32_t, 256> values{};
        for (uint32_t i = 0; i < 256; ++i) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xEDB88320U : 0U);
            values[i] = value;
        }
        return values;
    }();
    crc = ~crc;
    for (const auto byte : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<uint8_t>(byte)) & 255];
    return ~crc;
}

/// A record of little-endian fields.
class Record {
  public:
    template <std::unsigned_integral... Fields>
    explicit Record(Fields... fields) {
        (put(fields), ...);
    }
    Record& operator<<(const std::string& text) {
        for (const char c : text) m_bytes.push_back(static_cast<std::byte>(c));
        return *this;
    }
    template <std::unsigned_integral Field>
    Record& operator<<(Field field) {
        put(field);
        return *this;
    }
    std::span<const std::byte> bytes() const { return m_bytes; }

  private:
    template <std::unsigned_integral Field>
    void put(Field field) {
        const auto bytes = std::as_bytes(std::span(&field, 1));
        m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
    }
    std::vector<std::byte> m_bytes;
};

constexpr uint16_t version64 = 45;         // the first version of the format with zip64
constexpr uint16_t utf8Names = 1 << 11;    // flag
constexpr uint16_t firstDate = 1 << 5 | 1;  // 1 January 1980, so that the same content gives the same file
constexpr uint16_t none = 0;

}  // namespace

ZipEntries readZip(const MappedFile& file) {
    const auto end = findEnd(file);
    if (!end)
        throw Error("is not a zip archive or is truncated: it has no end record", file.where(),
                    "PyTorch files from before version 1.6 are not zip archives; save the model as safetensors.");
    ByteReader reader(file.bytes(), file.where());
    const auto directory = readDirectory(reader, *end);
    if (directory.entries > directory.size / directoryEntrySize)
        reader.refuse(concat("zip directory of ", directory.size, " bytes cannot list ", directory.entries, " entries"));

    ZipEntries entries;
    reader.moveTo(directory.offset);
    ByteReader list(reader.take(directory.size), file.where());
    for (uint64_t i = 0; i < directory.entries; ++i) {
        const auto member = readMember(list, file.where());
        const auto bytes = locate(reader, member);
        if (!entries.emplace(member.name, bytes).second)
            reader.refuse("zip entry " + inQuotes(member.name) + " stands twice");
    }

    std::vector<std::span<const std::byte>> places;
    for (const auto& [name, bytes] : entries)
        if (!bytes.empty()) places.push_back(bytes);
    std::sort(places.begin(), places.end(), [](auto a, auto b) { return a.data() < b.data(); });
    for (std::size_t i = 1; i < places.size(); ++i)
        if (places[i - 1].data() + places[i - 1].size() > places[i].data()) reader.refuse("zip entries overlap");
    return entries;
}

void ZipWriter::add(const std::string& name, std::initializer_list<std::span<const std::byte>> pieces) {
    for (const auto& entry : m_entries)
        if (entry.name == name) throw Error("already holds " + inQuotes(name), path().string());
    Entry entry{name, 0, 0, m_file.size()};
    for (const auto piece : pieces) {
        entry.crc = extendCrc(entry.crc, piece);
        entry.size += piece.size();
    }
    Record header(localMark, version64, utf8Names, none, none, firstDate, entry.crc, seeZip64, seeZip64,
                  static_cast<uint16_t>(name.size()), uint16_t{20});
    header << name << zip64Field << uint16_t{16} << entry.size << entry.size;
    m_file.append(header.bytes());
    for (const auto piece : pieces) m_file.append(piece);
    m_entries.push_back(std::move(entry));
}

void ZipWriter::finish() {
    const uint64_t begin = m_file.size();
    for (const auto& entry : m_entries) {
        Record record(directoryMark, version64, version64, utf8Names, none, none, firstDate, entry.crc, seeZip64,
                      seeZip64, static_cast<uint16_t>(entry.name.size()), uint16_t{28}, none, none, none, uint32_t{0},
                      seeZip64);
        record << entry.name << zip64Field << uint16_t{24} << entry.size << entry.size << entry.offset;
        m_file.append(record.bytes());
    }
    const uint64_t end = m_file.size(), count = m_entries.size();
    m_file.append(Record(end64Mark, uint64_t{44}, version64, version64, uint32_t{0}, uint32_t{0}, count, count,
                         end - begin, begin)
                      .bytes());
    m_file.append(Record(locator64Mark, uint32_t{0}, end, uint32_t{1}).bytes());
    m_file.append(Record(endMark, none, none, uint16_t{0xFFFF}, uint16_t{0xFFFF}, seeZip64, seeZip64, none).bytes());
    m_file.commit();
}

}  // namespace fusionscope::files
