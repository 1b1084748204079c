#pragma once

#include <QImage>
#include <optional>
#include <string>

namespace fusionscope::evaluate {

/// Tesseract, a peer for reading, where it is installed.
class OcrProgram {
  public:
    /// Nothing where `tesseract` is not in PATH or does not run.
    static std::optional<OcrProgram> find();

    /// "tesseract 5.3.0"
    const std::string& version() const { return m_version; }
    /// What it reads in a picture, which is enlarged three times: it wants letters of some 30 pixels.
    /// @throws Error when it fails
    std::string read(const QImage& picture) const;

  private:
    std::string m_version;
};

}  // namespace fusionscope::evaluate
