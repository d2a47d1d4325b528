const start = document.getElementById('start')

if (start) {
  // The fragment never reaches the hub; carried along, the notebook opens at the same place.
  if (location.hash !== '') start.hash = location.hash
  const seconds = Number(start.dataset.implicitSpawnSeconds ?? 0)
  if (seconds > 0) setTimeout(() => start.click(), seconds * 1000)
}
