#include "core/files/output_file.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "core/files/error.h"

namespace fusionscope::files {

OutputFile::OutputFile(std::filesystem::path path) : m_path(std::move(path)), m_part(m_path.string() + ".part") {
    m_descriptor = ::open(m_part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (m_descriptor < 0) refuse(errno);
}

OutputFile::~OutputFile() {
    if (m_descriptor < 0) return;
    ::close(m_descriptor);
    ::unlink(m_part.c_str());
}

void OutputFile::refuse(int reason) const {
    throw Error("cannot be written: " + std::generic_category().message(reason), m_path.string(),
                "Check the folder, its permissions and the free space.");
}

void OutputFile::append(std::span<const std::byte> bytes) {
    writeAt(m_size, bytes);
    m_size += bytes.size();
}

void OutputFile::writeAt(uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) refuse(written < 0 ? errno : ENOSPC);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<uint64_t>(written);
    }
}

void OutputFile::commit() {
    // A full disk or a broken connection may show only now.
    if (::fsync(m_descriptor) != 0 && errno != EINVAL) refuse(errno);
    if (std::rename(m_part.c_str(), m_path.c_str()) != 0) refuse(errno);
    ::close(m_descriptor);
    m_descriptor = -1;
}

void writeText(const std::filesystem::path& path, std::string_view text) {
    OutputFile file(path);
    file.append(std::as_bytes(std::span(text)));
    file.commit();
}

}  // namespace fusionscope::files
