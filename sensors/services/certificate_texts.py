"""The sentences of the reminder about a certificate of calibration, in English and Chinese."""

from datetime import date

from sensors.services.notice_texts import Language


def certificate_runs_out(
    *, probe: str, unit: tuple[str, str], number: str, expires_on: date, language: Language
) -> tuple[str, str]:
    """Return subject and body of the reminder that a certificate of calibration runs out."""
    day = expires_on.isoformat()
    if language == "zh":
        return (
            f"【冷链】校准证书将到期：{unit[1]}，{probe}",
            (
                f"{unit[1]} 的探头 {probe} 的校准证书 {number} 于 {day} 到期。\n"
                "请安排校准，并登记新的证书。"
            ),
        )
    return (
        f"[Cold chain] Calibration runs out: {unit[0]}, {probe}",
        (
            f"The calibration certificate {number} of the probe {probe} in {unit[0]} runs out on"
            f" {day}.\nHave the probe calibrated and enter the new certificate."
        ),
    )
